import { parseDigest } from '../../domain/digest.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent, ignoredEvent } from './announce-event.ts';
import {
  hostPart,
  objectMember,
  parsePayload,
  parseTime,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { headerOf } from './header-of.ts';

/** Both events say the same of a package; `registry_package` is the older one. */
const ROOTS = ['package', 'registry_package'] as const;
// `create` is what the first of them said.
const PUSHES = ['published', 'updated', 'create'];
const TAG = /:([^/:]*)$/;
const CONTAINER = /^(?:container|docker)$/i;

/**
 * Reads GitHub's webhook events `package` and `registry_package`: a push to ghcr.io, where the image is named by
 * `package_url` alone (`name` may be another). Packages of other kinds and other events are ignored.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#package
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseGithub: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const eventId = headerOf(delivery, 'x-github-delivery');
  const root = ROOTS.find((name) => isJsonObject(valueAt(body, name)));
  if (root === undefined) {
    const type = headerOf(delivery, 'x-github-event');
    const what = type === null ? 'about no package' : `"${type.slice(0, 32)}", not package`;
    return [ignoredEvent(`its event is ${what}`, { eventId })];
  }
  return [parsePackage(body, root, eventId)];
};

function parsePackage(body: JsonObject, root: (typeof ROOTS)[number], eventId: string | null): RegistryEvent {
  const about = objectMember(body, root);
  const version = objectMember(about, 'package_version');
  const container = objectMember(version, 'container_metadata');
  if (!isContainer(about, version)) return ignoredEvent('its package is no container image', { eventId });
  const action = requireText(body, 'action', 'body');
  const url = requireText(version, 'package_url', `${root}.package_version`);
  const isPush = PUSHES.includes(action);
  return announceEvent({
    kind: isPush ? 'push' : 'ignored',
    ...(!isPush && { reason: `its action is "${action.slice(0, 32)}", not a push` }),
    host: hostPart(url),
    repository: repositoryOf(url),
    tag: textMember(objectMember(container, 'tag'), 'name') ?? tagOf(url),
    digest: digestOf(version, container),
    mediaType: textMember(objectMember(container, 'manifest'), 'media_type'),
    actor: textMember(objectMember(body, 'sender'), 'login'),
    time: parseTime(valueAt(about, 'updated_at')),
    eventId,
  });
}

/** Its kind stands in three places, of which the two others may say something else. */
function isContainer(about: JsonObject, version: JsonObject): boolean {
  if (isJsonObject(valueAt(version, 'container_metadata'))) return true;
  const kinds = [about['package_type'], about['ecosystem'], objectMember(about, 'registry')['type']];
  return textMember(version, 'package_url') !== null && kinds.some((kind) => CONTAINER.test(String(kind)));
}

/** The path of the URL, without its tag; GitHub writes the owner as he writes himself. */
function repositoryOf(url: string): string {
  return url
    .slice(url.indexOf('/') + 1)
    .replace(TAG, '')
    .toLowerCase();
}

/** Empty where the image has none, as then the URL ends in a colon. */
function tagOf(url: string): string | null {
  return TAG.exec(url)?.[1] ?? null;
}

/** The first of the three places that holds a digest; some hold another kind of id, or a digest cut short. */
function digestOf(version: JsonObject, container: JsonObject): string | null {
  const named = [
    textMember(objectMember(container, 'tag'), 'digest'),
    textMember(objectMember(container, 'manifest'), 'digest'),
    textMember(version, 'version'),
  ];
  return named.find((text) => parseDigest(text) !== undefined) ?? null;
}

import { isManifestMediaType } from '../../domain/manifest.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import type { Json, JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import {
  hostPart,
  objectMember,
  parsePayload,
  parseTime,
  requireList,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { parseEach } from './parse-each.ts';

// Docker's first manifest schema: Lazaret does not read it, but it is an image and must not pass for a blob.
const OLD_MANIFESTS = 'application/vnd.docker.distribution.manifest.';

/**
 * Reads the notifications of CNCF Distribution 2.x and 3.x (content types `…events.v1+json` and `…events.v2+json`,
 * one shape), which GitLab's registry sends too. Blobs and pulls are in the stream as well and are ignored.
 * https://distribution.github.io/distribution/about/notifications/
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`
 */
export const parseDistribution: Dialect = (delivery) => {
  const envelope = requireObject(parsePayload(delivery.body), 'body');
  return parseEach(requireList(valueAt(envelope, 'events'), 'events'), (event, index) => [parseEvent(event, index)]);
};

function parseEvent(value: Json, index: number): RegistryEvent {
  const where = `events[${index}]`;
  const event = requireObject(value, where);
  const action = requireText(event, 'action', where);
  const writes = action === 'push' || action === 'delete';
  const target = writes ? requireObject(valueAt(event, 'target'), `${where}.target`) : objectMember(event, 'target');
  const obstacle = findObstacle(action, target);
  if (obstacle === null) requireText(target, 'repository', `${where}.target`);
  return announceEvent({
    kind: obstacle !== null ? 'ignored' : action === 'delete' ? 'delete' : 'push',
    ...(obstacle !== null && { reason: obstacle }),
    host: textMember(objectMember(event, 'request'), 'host') ?? hostPart(textMember(target, 'url')),
    repository: textMember(target, 'repository'),
    tag: textMember(target, 'tag'),
    digest: textMember(target, 'digest'),
    mediaType: textMember(target, 'mediaType'),
    actor: textMember(objectMember(event, 'actor'), 'name'),
    time: parseTime(valueAt(event, 'timestamp')),
    eventId: textMember(event, 'id'),
  });
}

/** Why the event announces no manifest; `null` if it does. */
function findObstacle(action: string, target: JsonObject): string | null {
  if (action === 'delete') return null;
  if (action !== 'push') return `its action is "${action.slice(0, 32)}", not a push`;
  const mediaType = textMember(target, 'mediaType');
  if (mediaType !== null) {
    const isManifest = isManifestMediaType(mediaType) || mediaType.startsWith(OLD_MANIFESTS);
    return isManifest ? null : 'it announces a blob, not a manifest';
  }
  const named = textMember(target, 'tag') !== null || (textMember(target, 'url') ?? '').includes('/manifests/');
  return named ? null : 'nothing in it says that it is a manifest';
}

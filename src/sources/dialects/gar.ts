import type { Delivery, Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { malformed, parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';

/** What Artifact Registry told Pub/Sub, and what Pub/Sub says about its message. */
interface Message {
  readonly change: JsonObject;
  /** Where the change is in the delivery, for error messages. */
  readonly where: string;
  readonly time: string | null;
  readonly eventId: string | null;
}

const KINDS: Readonly<Record<string, RegistryEvent['kind']>> = { INSERT: 'push', DELETE: 'delete' };

/**
 * Reads what Google Artifact Registry publishes in the topic `gcr`: as Pub/Sub pushes it (the message in an envelope,
 * its data as base64), or the bare data as a subscriber pulls it or a push without envelope has it, whose id and time
 * stand in headers. A new tag on an image is a message without a digest.
 * https://docs.cloud.google.com/artifact-registry/docs/configure-notifications
 * https://docs.cloud.google.com/pubsub/docs/payload-unwrapping
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseGar: Dialect = (delivery) => {
  const { change, where, time, eventId } = openMessage(delivery);
  const action = requireText(change, 'action', where);
  const kind = Object.hasOwn(KINDS, action) ? KINDS[action] : undefined;
  const reason = `its action is "${action.slice(0, 32)}", not INSERT`;
  return [
    announceEvent({
      ...(kind === undefined ? { kind: 'ignored', reason } : { kind }),
      ...readImage(change, where),
      time,
      eventId,
    }),
  ];
};

function openMessage({ body, headers }: Delivery): Message {
  const value = parsePayload(body);
  const message = valueAt(value, 'message');
  if (isJsonObject(message)) {
    const data = valueAt(message, 'data');
    if (typeof data !== 'string')
      throw malformed('message.data', 'expected the data of a message of Pub/Sub as base64');
    return {
      change: requireObject(parsePayload(Buffer.from(data, 'base64'), 'message.data'), 'message.data'),
      where: 'message.data',
      time: parseTime(valueAt(message, 'publishTime')),
      eventId: textMember(message, 'messageId'),
    };
  }
  const named: Readonly<Record<string, Json>> = headers;
  return {
    change: requireObject(value, 'body'),
    where: 'body',
    time: parseTime(valueAt(named, 'x-goog-pubsub-publish-time')),
    eventId: textMember(named, 'x-goog-pubsub-message-id'),
  };
}

/** `digest` and `tag` are whole references, one of which may be missing; what they name must be one repository. */
function readImage(change: JsonObject, where: string) {
  const byDigest = splitReference(textMember(change, 'digest'));
  const byTag = splitReference(textMember(change, 'tag'));
  const named = byDigest ?? byTag;
  if (named === undefined) throw malformed(where, 'expected `digest` or `tag` with the name of an image, got neither');
  if (byTag !== undefined && (byTag.host !== named.host || byTag.repository !== named.repository)) {
    throw malformed(`${where}.tag`, 'expected the repository that `digest` names, got another one');
  }
  return { host: named.host, repository: named.repository, tag: byTag?.tag ?? null, digest: byDigest?.digest ?? null };
}

function splitReference(reference: string | null) {
  if (reference === null) return undefined;
  const [name = '', digest = null] = reference.split('@');
  const slash = name.indexOf('/');
  if (slash < 1) return undefined;
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  return {
    host: name.slice(0, slash),
    repository: name.slice(slash + 1, tagged ? colon : undefined),
    tag: tagged ? name.slice(colon + 1) : null,
    digest,
  };
}

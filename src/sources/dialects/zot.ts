import { parseDigest } from '../../domain/digest.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { announceEvent } from './announce-event.ts';
import { type CloudEvent, parseCloudEvents } from './cloud-event.ts';
import { objectMember, parsePayload, requireObject, requireText, textMember } from './event-fields.ts';

const KINDS: Readonly<Record<string, 'push' | 'delete'>> = {
  'zotregistry.image.updated': 'push',
  'zotregistry.image.deleted': 'delete',
};

/**
 * Reads zot's events: CloudEvents, in binary mode over HTTP. No host is in them: `Ce-Source` is the same for every
 * zot. `reference` is a tag or a digest.
 * https://zotregistry.dev/latest/articles/events/
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export const parseZot: Dialect = (delivery) =>
  parseCloudEvents(delivery, parsePayload(delivery.body), (event) => [parseEvent(event)]);

function parseEvent(event: CloudEvent): RegistryEvent {
  const kind = Object.hasOwn(KINDS, event.type) ? KINDS[event.type] : undefined;
  const data =
    kind === undefined ? objectMember({ data: event.data ?? null }, 'data') : requireObject(event.data, event.where);
  if (kind !== undefined) requireText(data, 'name', event.where);
  const reference = textMember(data, 'reference');
  const isDigest = parseDigest(reference) !== undefined;
  return announceEvent({
    kind: kind ?? 'ignored',
    ...(kind === undefined && { reason: `its type is "${event.type.slice(0, 64)}", not a push` }),
    host: null,
    repository: textMember(data, 'name'),
    tag: isDigest ? null : reference,
    digest: textMember(data, 'digest') ?? (isDigest ? reference : null),
    mediaType: textMember(data, 'mediaType'),
    actor: textMember(objectMember(data, 'actor'), 'name'),
    time: event.time,
    eventId: event.id,
  });
}

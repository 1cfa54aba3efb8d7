import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { announceEvent, ignoredEvent } from './announce-event.ts';
import { type CloudEvent, parseCloudEvents } from './cloud-event.ts';
import { parsePayload, requireObject, requireText, textMember } from './event-fields.ts';

/** The type of Lazaret's own event: "this repository now holds this image". */
export const IMAGE_PUSHED = 'dev.lazaret.image.pushed.v1';

/**
 * Reads Lazaret's own event, a CloudEvent that anything can send: structured, batched or binary. Described in
 * `docs/events.md`.
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export const parseLazaret: Dialect = (delivery) =>
  parseCloudEvents(delivery, parsePayload(delivery.body), (event) => [
    event.type === IMAGE_PUSHED ? parsePush(event) : parseOther(event),
  ]);

function parsePush(event: CloudEvent): RegistryEvent {
  const data = requireObject(event.data, event.where);
  return announceEvent({
    kind: 'push',
    host: textMember(data, 'host'),
    repository: requireText(data, 'repository', event.where),
    tag: textMember(data, 'tag'),
    digest: textMember(data, 'digest'),
    mediaType: textMember(data, 'mediaType'),
    actor: textMember(data, 'actor'),
    time: event.time,
    eventId: event.id,
  });
}

function parseOther({ type, time, id }: CloudEvent): RegistryEvent {
  return ignoredEvent(`its type is "${type.slice(0, 64)}", not "${IMAGE_PUSHED}"`, { time, eventId: id });
}

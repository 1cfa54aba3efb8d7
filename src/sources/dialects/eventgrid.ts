import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import type { Json, JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { readAzureImage } from './azure-image.ts';
import { isCloudEvent, parseCloudEvents } from './cloud-event.ts';
import {
  objectMember,
  parsePayload,
  parseTime,
  requireList,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { parseEach } from './parse-each.ts';

// `max-events-per-batch` of a subscription: a batch that is refused is not sent again.
// https://learn.microsoft.com/azure/event-grid/delivery-and-retry#output-batching
const MAX_BATCH = 5000;

const KINDS: Readonly<Record<string, 'push' | 'delete'>> = {
  'Microsoft.ContainerRegistry.ImagePushed': 'push',
  'Microsoft.ContainerRegistry.ImageDeleted': 'delete',
};

/** What both schemas say about an event. */
interface Frame {
  readonly type: string;
  readonly where: string;
  readonly data: Json | undefined;
  readonly time: string | null;
  readonly eventId: string | null;
}

/**
 * Reads what Azure Event Grid delivers of Azure Container Registry, in its own schema (lists) and as CloudEvents (one, or
 * a list). https://learn.microsoft.com/azure/event-grid/event-schema-container-registry
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export const parseEventgrid: Dialect = (delivery) => {
  const body = parsePayload(delivery.body);
  if (isCloudEvent(delivery, body)) {
    return parseCloudEvents(delivery, body, (event) => [parseFrame({ ...event, eventId: event.id })], MAX_BATCH);
  }
  // A queue hands over one event where the webhook has a list.
  if (!Array.isArray(body)) return [parseFrame(ownFrame(requireObject(body, 'body'), 'body'))];
  return parseEach(requireList(body, 'body', MAX_BATCH), (event, index) => {
    const where = `body[${index}]`;
    return [parseFrame(ownFrame(requireObject(event, where), where))];
  });
};

function ownFrame(event: JsonObject, where: string): Frame {
  return {
    type: requireText(event, 'eventType', where),
    where: `${where}.data`,
    data: valueAt(event, 'data'),
    time: parseTime(valueAt(event, 'eventTime')),
    eventId: textMember(event, 'id'),
  };
}

function parseFrame({ type, where, data, time, eventId }: Frame): RegistryEvent {
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  const image = kind === undefined ? objectMember({ data: data ?? null }, 'data') : requireObject(data, where);
  return announceEvent({
    kind: kind ?? 'ignored',
    ...(kind === undefined && { reason: `its type is "${type.slice(0, 64)}", not a push` }),
    ...readAzureImage(image, where, { required: kind !== undefined }),
    actor: textMember(objectMember(image, 'actor'), 'name'),
    time,
    eventId,
  });
}

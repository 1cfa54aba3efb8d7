import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import type { JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { type CloudEvent, parseCloudEvents } from './cloud-event.ts';
import { objectMember, parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';

const PUSH = 'dev.chainguard.registry.push.v1';

/**
 * Reads the events of Chainguard's registry: CloudEvents in binary mode, whose source is the registry's host. Blobs and
 * pushes that were refused are in the stream as well.
 * https://edu.chainguard.dev/platform/administration/cloudevents/events-reference/
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export const parseChainguard: Dialect = (delivery) =>
  parseCloudEvents(delivery, parsePayload(delivery.body), (event) => [parseEvent(event)]);

function parseEvent(event: CloudEvent): RegistryEvent {
  const { type, where, id, source } = event;
  const data = type === PUSH ? requireObject(event.data, where) : objectMember({ data: event.data ?? null }, 'data');
  const body = type === PUSH ? requireObject(valueAt(data, 'body'), `${where}.body`) : objectMember(data, 'body');
  const obstacle = type === PUSH ? findObstacle(body, where) : `its type is "${type.slice(0, 64)}", not "${PUSH}"`;
  return announceEvent({
    kind: obstacle === null ? 'push' : 'ignored',
    ...(obstacle !== null && { reason: obstacle }),
    host: source,
    repository: repositoryOf(body, source),
    tag: textMember(body, 'tag'),
    digest: textMember(body, 'digest'),
    actor: textMember(objectMember(data, 'actor'), 'subject'),
    time: timeOf(body) ?? event.time,
    eventId: id,
  });
}

function findObstacle(body: JsonObject, where: string): string | null {
  const type = requireText(body, 'type', `${where}.body`);
  if (type !== 'manifest') return 'it announces no manifest';
  requireText(body, 'repository', `${where}.body`);
  const code = textMember(objectMember(body, 'error'), 'code');
  return code === null ? null : `the push was refused: ${code.slice(0, 64)}`;
}

/** Some write the host before it. */
function repositoryOf(body: JsonObject, host: string | null): string | null {
  const name = textMember(body, 'repository');
  return name?.startsWith(`${host}/`) ? name.slice(`${host}/`.length) : name;
}

/** In UTC, which is not written after it. */
function timeOf(body: JsonObject): string | null {
  const when = textMember(body, 'when');
  return parseTime(when) ?? parseTime(`${when}Z`);
}

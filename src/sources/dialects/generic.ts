import type { EventMap, MappedEvent, MappedValue } from '../../domain/event-map.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { announceEvent, type RawEvent } from './announce-event.ts';
import { cleanText, MAX_EVENTS, parsePayload, parseTime } from './event-fields.ts';
import { parseEach } from './parse-each.ts';

// 256 events of 40 values fit; what more there is would be made ready for the map in vain.
const MAX_VALUES = 10_000;

/**
 * Makes the dialect of any JSON of which an operator has said where an event has what. What a map gives is believed no
 * more than any event; where it gives no text, the event is ignored with the reason.
 * The dialect throws {InvalidInputError} `EVENT_MALFORMED`, and `EVENT_TOO_LARGE` for over 256 events or too much work.
 */
export function createGeneric(map: EventMap): Dialect {
  return ({ body, headers }) => {
    const events = map.read(parsePayload(body, 'body', MAX_VALUES), headers);
    if (events.length > MAX_EVENTS) {
      const message = `expected at most ${MAX_EVENTS} events in one delivery, got ${events.length}`;
      throw new InvalidInputError('EVENT_TOO_LARGE', message, [{ where: 'body', message }]);
    }
    return parseEach(events, (read) => [parseEvent(read())]);
  };
}

function parseEvent(found: MappedEvent): RegistryEvent {
  return announceEvent({
    ...readKind(found),
    host: textOf(found.host),
    repository: textOf(found.repository),
    tag: textOf(found.tag),
    digest: textOf(found.digest),
    actor: textOf(found.actor),
    time: found.time?.kind === 'value' && typeof found.time.value !== 'boolean' ? parseTime(found.time.value) : null,
    eventId: textOf(found.id),
  });
}

function readKind(found: MappedEvent): Pick<RawEvent, 'kind' | 'reason'> {
  const kind = kindOf(found.kind);
  const reason = kind === 'push' || kind === 'delete' ? findObstacle(found) : kind.reason;
  if (reason !== null) return { kind: 'ignored', reason };
  return { kind: kind === 'delete' ? 'delete' : 'push' };
}

/** Without an expression, everything is a push. */
function kindOf(kind: MappedValue | undefined): 'push' | 'delete' | { readonly reason: string } {
  if (kind === undefined) return 'push';
  if (kind.kind === 'absent') return { reason: 'its kind is not there' };
  if (kind.kind === 'fault') return { reason: `its kind cannot be told: ${cleanText(kind.why)}` };
  if (kind.value === true || kind.value === 'push') return 'push';
  if (kind.value === 'delete') return 'delete';
  return { reason: `its kind is ${cleanText(JSON.stringify(kind.value)).slice(0, 64)}, not a push` };
}

/** What is wrong with that by which an image is found; the rest is only noted. */
function findObstacle(found: MappedEvent): string | null {
  for (const field of ['host', 'repository', 'tag', 'digest'] as const) {
    const value = found[field];
    if (value?.kind === 'fault') return `its ${field} cannot be told: ${cleanText(value.why)}`;
    if (value?.kind === 'value' && typeof value.value !== 'string') {
      return `its ${field} is a ${typeof value.value}, not a text`;
    }
  }
  return null;
}

function textOf(value: MappedValue | undefined): string | null {
  const text = value?.kind === 'value' ? value.value : null;
  return typeof text === 'string' && text !== '' ? cleanText(text) : null;
}

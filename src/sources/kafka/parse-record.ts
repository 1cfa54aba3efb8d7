import type { KafkaMessage } from 'kafkajs';
import type { Delivery, Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { outlineJson } from '../json-outline.ts';
import { unreadableBatch } from './keep-unreadable-batches.ts';

// Of a larger one than the dialect's registry can send, only the beginning is kept; the topic has the rest, at the position on record.
const KEPT_BYTES = 64 * 1024;
const MAX_HEADERS = 64;

/** What a record says, or why it says nothing. */
export type RecordReading =
  | { readonly kind: 'events'; readonly events: readonly RegistryEvent[] }
  | { readonly kind: 'poison'; readonly reason: string; readonly body: Uint8Array };

/** Reads one record. Never throws: whatever is in a record, it must not hold up its partition. */
export async function parseRecord(
  message: Pick<KafkaMessage, 'value' | 'headers'>,
  { dialect, limits }: { readonly dialect: Dialect; readonly limits: PayloadLimits },
): Promise<RecordReading> {
  const body = message.value ?? Buffer.alloc(0);
  const unreadable = unreadableBatch(message);
  if (unreadable !== undefined) {
    return { kind: 'poison', reason: `EVENT_MALFORMED: ${unreadable}`, body: body.subarray(0, KEPT_BYTES) };
  }
  if (message.value === null) return { kind: 'poison', reason: 'EVENT_MALFORMED: the record has no value', body };
  if (body.length > limits.bodyBytes) {
    const reason = `EVENT_TOO_LARGE: expected at most ${limits.bodyBytes} bytes, got ${body.length}; the first ${KEPT_BYTES} are kept`;
    return { kind: 'poison', reason, body: body.subarray(0, KEPT_BYTES) };
  }
  try {
    const delivery: Delivery = { body: await outlineJson(body, limits.depth), headers: parseHeaders(message.headers) };
    return { kind: 'events', events: dialect(delivery) };
  } catch (error) {
    const reason =
      error instanceof InvalidInputError ? `${error.code}: ${error.message}` : `unexpected: ${String(error)}`;
    return { kind: 'poison', reason, body: body.subarray(0, KEPT_BYTES) };
  }
}

function parseHeaders(headers: KafkaMessage['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {}).slice(0, MAX_HEADERS);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name.toLowerCase(), first.toString()]];
    }),
  );
}

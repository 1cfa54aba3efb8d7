import type { KafkaMessage } from 'kafkajs';
import { type DeliveryReading, KEPT_BYTES, type ParseOptions, parseDelivery } from '../parse-delivery.ts';
import { unreadableBatch } from './keep-unreadable-batches.ts';

const MAX_HEADERS = 64;

/** Reads one record. Never throws: whatever is in a record, it must not hold up its partition. */
export async function parseRecord(
  message: Pick<KafkaMessage, 'value' | 'headers'>,
  options: ParseOptions,
): Promise<DeliveryReading> {
  const body = message.value ?? Buffer.alloc(0);
  const unreadable = unreadableBatch(message);
  if (unreadable !== undefined) {
    return { kind: 'poison', reason: `EVENT_MALFORMED: ${unreadable}`, body: body.subarray(0, KEPT_BYTES) };
  }
  if (message.value === null) return { kind: 'poison', reason: 'EVENT_MALFORMED: the record has no value', body };
  return parseDelivery({ body, headers: parseHeaders(message.headers) }, options);
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

import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import { MAX_BATCH_RECORDS, MAX_FETCH_BYTES } from './batch-limits.ts';
import { decodeRecord, type RecordDecoder } from './decode-record.ts';

type BatchDecoder = Pick<RecordDecoder, 'buffer' | 'offset'>;
type DecodeBatch = (decoder: BatchDecoder) => Promise<{ readonly records: readonly KafkaMessage[] }>;

// Where the fields of a batch begin (https://kafka.apache.org/documentation/#recordbatch).
const FIELDS = { length: 8, attributes: 21, lastOffsetDelta: 23, maxTimestamp: 35, producerId: 43, records: 57 };
// The two fields in front of what `length` counts.
const OVERHEAD_BYTES = 12;
// What one record costs besides its bytes: an object and its buffers.
const RECORD_BYTES = 512;
const CODECS = ['no compression', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Why a message stands for a whole batch that could not be read. */
const reasons = new WeakMap<object, string>();
/** The memory that the batches of one answer of a broker take so far. */
const taken = new WeakMap<ArrayBufferLike, number>();

/** Why the batch this message stands for could not be read; `undefined` for a message that is itself. */
export function unreadableBatch(message: object): string | undefined {
  return reasons.get(message);
}

/**
 * Replaces two functions of kafkajs 2.2.4. The original rejects for a batch that it cannot read, with it everything that
 * was fetched, and the consumer crashes and fetches the same again, for ever. This one gives a single message in its
 * place, at the batch's last offset and with the batch as its value ({@link unreadableBatch}), so that it can be kept
 * and the partition goes on. It also bounds what one answer of a broker may grow to, for small batches that are bombs
 * come by the hundred. To be done before the first fetch; doing it twice changes nothing.
 */
export function keepUnreadableBatches(): void {
  const load = createRequire(import.meta.url);
  const recordPath = load.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder.js');
  const batchPath = load.resolve('kafkajs/src/protocol/recordBatch/v0/decoder.js');
  load(recordPath);
  const recordModule = load.cache[recordPath];
  if (recordModule === undefined || recordModule.exports === decodeRecord) return;
  // First this one, which the other takes when it is loaded.
  recordModule.exports = decodeRecord;
  const decode: DecodeBatch = load(batchPath);
  const batchModule = load.cache[batchPath];
  if (batchModule !== undefined) batchModule.exports = (decoder: BatchDecoder) => decodeOrKeep(decode, decoder);
}

async function decodeOrKeep(decode: DecodeBatch, decoder: BatchDecoder): ReturnType<DecodeBatch> {
  const start = decoder.offset;
  const answer = decoder.buffer.buffer;
  const before = taken.get(answer) ?? 0;
  // kafkajs takes this error for the cut-off end of an answer, and fetches the rest with the next.
  if (before > MAX_FETCH_BYTES) throw partial('the answer is read up to here for now');
  try {
    const count = decoder.buffer.subarray(start).readInt32BE(FIELDS.records);
    if (count > MAX_BATCH_RECORDS) throw new RangeError(`it holds ${count} records, more than ${MAX_BATCH_RECORDS}`);
    const batch = await decode(decoder);
    taken.set(answer, before + batch.records.reduce((sum, record) => sum + sizeOf(record), 0));
    return batch;
  } catch (error) {
    if (error instanceof Error && error.name === PARTIAL) throw error;
    const batch = decoder.buffer.subarray(start);
    const end = OVERHEAD_BYTES + batch.readInt32BE(FIELDS.length);
    if (batch.length < end) throw partial('the end of the answer is cut off');
    decoder.offset = start + end;
    return { records: [standIn(batch.subarray(0, end), error)] };
  }
}

const PARTIAL = 'KafkaJSPartialMessageError';

function partial(message: string): Error {
  return Object.assign(new Error(message), { name: PARTIAL });
}

function sizeOf({ key, value }: KafkaMessage): number {
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
}

function standIn(batch: Buffer, error: unknown): KafkaMessage {
  const attributes = batch.readInt16BE(FIELDS.attributes);
  const first = batch.readBigInt64BE(0);
  const message = {
    magicByte: 2,
    attributes: 0,
    timestamp: batch.readBigInt64BE(FIELDS.maxTimestamp).toString(),
    offset: (first + BigInt(batch.readInt32BE(FIELDS.lastOffsetDelta))).toString(),
    key: null,
    value: batch,
    headers: {},
    isControlRecord: (attributes & 0x20) !== 0,
    // kafkajs needs these to recognise records of an aborted transaction.
    batchContext: {
      firstOffset: first.toString(),
      producerId: batch.readBigInt64BE(FIELDS.producerId).toString(),
      inTransaction: (attributes & 0x10) !== 0,
    },
  };
  const codec = CODECS[attributes & 0x07] ?? `the unknown codec ${attributes & 0x07}`;
  const why = error instanceof Error ? error.message : String(error);
  reasons.set(message, `the batch from offset ${first} to ${message.offset} (${codec}) cannot be read: ${why}`);
  return message;
}

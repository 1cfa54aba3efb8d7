import type { KafkaMessage } from 'kafkajs';

/** The part of kafkajs's decoder that is used. */
export interface RecordDecoder {
  readonly buffer: Buffer;
  offset: number;
  readInt8(): number;
  readVarInt(): number;
  readVarLong(): { toString(): string };
  readVarIntBytes(): Buffer | null;
}

/** What a record takes from its batch. */
export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly magicByte: number;
  readonly isControlBatch: boolean;
  /** 1: the broker's time, which is the batch's. */
  readonly timestampType: number;
}

// Events have a dozen headers. kafkajs copies all of a record's for each of them: a record of a million empty headers
// would hold up everything for hours.
const MAX_HEADERS = 64;
const LOG_APPEND_TIME = 1;

/**
 * Reads one record of a batch, as kafkajs does, but for its headers: the first of a name counts, and those after the
 * 64th are left out. https://kafka.apache.org/documentation/#record
 */
export function decodeRecord(decoder: RecordDecoder, batchContext: BatchContext): KafkaMessage {
  const { firstOffset, firstTimestamp, maxTimestamp, magicByte, timestampType } = batchContext;
  const attributes = decoder.readInt8();
  const timestamp = BigInt(firstTimestamp) + BigInt(decoder.readVarLong().toString());
  const offset = BigInt(firstOffset) + BigInt(decoder.readVarInt());
  const key = decoder.readVarIntBytes();
  const value = decoder.readVarIntBytes();
  const message = {
    magicByte,
    attributes,
    timestamp: timestampType === LOG_APPEND_TIME ? maxTimestamp : timestamp.toString(),
    offset: offset.toString(),
    key,
    value,
    headers: decodeHeaders(decoder),
    isControlRecord: batchContext.isControlBatch,
    batchContext,
  };
  return message;
}

function decodeHeaders(decoder: RecordDecoder): Record<string, Buffer> {
  const headers = new Map<string, Buffer>();
  const count = Math.min(decoder.readVarInt(), MAX_HEADERS);
  for (let left = count; left > 0; left -= 1) {
    const name = decoder.readVarIntBytes()?.toString() ?? '';
    const value = decoder.readVarIntBytes();
    if (value !== null && !headers.has(name)) headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

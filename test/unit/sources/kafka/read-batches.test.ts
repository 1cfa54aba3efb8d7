import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { snappyCompress } from 'hysnappy';
import type { KafkaMessage } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_FETCH_BYTES } from '../../../../src/sources/kafka/batch-limits.ts';
import { registerCodecs } from '../../../../src/sources/kafka/codecs.ts';
import { decompressLz4 } from '../../../../src/sources/kafka/decompress-lz4.ts';
import { decompressSnappy } from '../../../../src/sources/kafka/decompress-snappy.ts';
import { keepUnreadableBatches, unreadableBatch } from '../../../../src/sources/kafka/keep-unreadable-batches.ts';

const FIXTURES = new URL('../../../fixtures/kafka/', import.meta.url);
const CODEC = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4, unknown: 5 };

beforeAll(() => {
  registerCodecs();
  keepUnreadableBatches();
});

describe('batches of the Java producer', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('are read where they are compressed with %s', async (codec) => {
    const records = await decode(readFileSync(new URL(`${codec}.batches`, FIXTURES)));
    expect(records).toHaveLength(150);
    expect(records.map(({ value }) => JSON.parse(String(value)).id)).toEqual(records.map((_, at) => String(at)));
    expect(records.at(-1)).toMatchObject({ offset: '149', headers: { 'sent-by': Buffer.from('java') } });
  });
});

describe('a batch that cannot be read', () => {
  const good = batch({ first: 7, payload: recordsOf(['after']) });
  const hostile: Readonly<Record<string, readonly [Partial<BatchFields>, RegExp]>> = {
    'is of an unknown codec and no list of records': [
      { codec: 'unknown', payload: Buffer.alloc(3), count: 9 },
      /\(the unknown codec 5\) cannot be read/,
    ],
    'says gzip and is none': [{ codec: 'gzip', payload: Buffer.from('plain') }, /\(gzip\) cannot be read/],
    'says snappy and is none': [{ codec: 'snappy', payload: Buffer.alloc(9, 255) }, /\(snappy\) cannot be read/],
    'says lz4 and is none': [{ codec: 'lz4', payload: Buffer.from('plain text') }, /no LZ4 frame/],
    'says zstd and is none': [{ codec: 'zstd', payload: Buffer.from('plain') }, /\(zstd\) cannot be read/],
    'is a bomb of gzip': [{ codec: 'gzip', payload: gzipSync(zeros()) }, /\(gzip\) cannot be read/],
    'is a bomb of zstd': [{ codec: 'zstd', payload: zstdCompressSync(zeros()) }, /\(zstd\) cannot be read/],
    'is a bomb of lz4': [{ codec: 'lz4', payload: lz4Frame(lz4Zeros(MAX_BATCH_BYTES)) }, /more than 33554432 bytes/],
    'holds more records than it may': [{ count: MAX_BATCH_RECORDS + 1 }, /it holds 20001 records/],
    'holds fewer records than it says': [{ payload: recordsOf(['one']), count: 2 }, /cannot be read/],
  };

  it.each(Object.entries(hostile))(
    '%s: one message stands for it, and the next batch is read',
    async (_, [given, why]) => {
      const bytes = batch({ first: 3, lastDelta: 3, payload: Buffer.alloc(0), ...given });
      const [standIn, next] = await decode(Buffer.concat([bytes, good]));
      expect(unreadableBatch(standIn ?? {})).toMatch(why);
      expect(unreadableBatch(standIn ?? {})).toMatch(/^the batch from offset 3 to 6 /);
      expect(standIn).toMatchObject({ offset: '6', value: bytes });
      expect(next).toMatchObject({ offset: '7', value: Buffer.from('after') });
    },
  );
});

describe('what one answer of a broker grows to', () => {
  it('is bounded: reading stops, and the rest comes with the next answer', async () => {
    const big = batch({ codec: 'zstd', payload: zstdCompressSync(recordsOf(['x'.repeat(MAX_FETCH_BYTES / 2)])) });
    expect(await decode(Buffer.concat([big, big, big]))).toHaveLength(2);
  });

  it('does not depend on how many headers a record has', async () => {
    const headers = Buffer.alloc(600_000);
    const [record] = await decode(batch({ payload: recordOf('x', Buffer.concat([varint(200_000), headers])) }));
    expect(record).toMatchObject({ value: Buffer.from('x'), headers: { '': Buffer.alloc(0) } });
  });
});

describe('snappy', () => {
  it('is read as one raw piece, as librdkafka writes it', async () => {
    const text = Buffer.from('0123456789abcdef'.repeat(10_000));
    expect(await decompressSnappy(Buffer.from(snappyCompress(text)), MAX_BATCH_BYTES)).toEqual(text);
  });

  it('refuses more than it may hold, before it takes the memory', async () => {
    const claims = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
    await expect(decompressSnappy(claims, MAX_BATCH_BYTES)).rejects.toThrow('4294967295 bytes, which is too many');
  });
});

describe('snappy that a producer made up', () => {
  it('is refused as all that cannot be read is, whatever the library calls it', async () => {
    await expect(decompressSnappy(Buffer.from('o\0'), 100)).rejects.toThrow(RangeError);
  });
});

describe('lz4', () => {
  it('refuses a match that reaches before its frame', async () => {
    const secretFirst = Buffer.concat([lz4Frame(Buffer.from([0x10, 0x41])), lz4Frame(Buffer.from([0x00, 0x01, 0x00]))]);
    await expect(decompressLz4(secretFirst, 100)).rejects.toThrow('before its beginning');
  });

  it('reads stored blocks, checksums and a length that the frame tells', async () => {
    const block = Buffer.from([3, 0, 0, 0x80, 0x61, 0x62, 0x63, 9, 9, 9, 9, 0, 0, 0, 0, 8, 8, 8, 8]);
    const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x5c | 0x20, 0x40, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(String(await decompressLz4(Buffer.concat([header, block]), 100))).toBe('abc');
  });

  it.each([4, 6, 9, 12])('refuses a frame cut off after %i bytes', async (length) => {
    const frame = lz4Frame(Buffer.from([0x30, 0x61, 0x62, 0x63]));
    await expect(decompressLz4(frame.subarray(0, length), 100)).rejects.toThrow(RangeError);
  });
});

/** Reads batches as kafkajs reads the answer to a fetch. */
async function decode(batches: Buffer): Promise<readonly KafkaMessage[]> {
  const load = createRequire(import.meta.url);
  const Decoder = load('kafkajs/src/protocol/decoder.js');
  const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js');
  const size = Buffer.alloc(4);
  size.writeInt32BE(batches.length);
  return await decodeMessages(new Decoder(Buffer.concat([size, batches])));
}

interface BatchFields {
  readonly first: number;
  readonly lastDelta: number;
  readonly codec: keyof typeof CODEC;
  readonly payload: Buffer;
  readonly count: number;
}

/** A record batch: https://kafka.apache.org/documentation/#recordbatch */
function batch({ first = 0, lastDelta = 0, codec = 'none', payload, count = 1 }: Partial<BatchFields>): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(61), payload ?? Buffer.alloc(0)]);
  bytes.writeBigInt64BE(BigInt(first), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(CODEC[codec], 21);
  bytes.writeInt32BE(lastDelta, 23);
  bytes.writeBigInt64BE(-1n, 43);
  bytes.writeInt32BE(count, 57);
  return bytes;
}

function recordsOf(values: readonly string[]): Buffer {
  return Buffer.concat(values.map((value) => recordOf(value, varint(0))));
}

function recordOf(value: string, headers: Buffer): Buffer {
  const fields = [Buffer.alloc(1), varint(0), varint(0), varint(-1), varint(value.length), Buffer.from(value), headers];
  const record = Buffer.concat(fields);
  return Buffer.concat([varint(record.length), record]);
}

/** Zigzag, as Kafka writes lengths. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -value * 2 - 1 : value * 2;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

function lz4Frame(block: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0]), size, block, Buffer.alloc(4)]);
}

/** One zero, and a match of more than this many. */
function lz4Zeros(count: number): Buffer {
  const length = Buffer.alloc(Math.ceil(count / 255), 255);
  return Buffer.concat([Buffer.from([0x1f, 0x00, 0x01, 0x00]), length, Buffer.from([0])]);
}

function zeros(): Buffer {
  return Buffer.alloc(MAX_BATCH_BYTES + 1);
}

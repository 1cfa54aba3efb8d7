import assert from 'node:assert/strict';
import { decompressLz4 } from '../../../src/sources/kafka/decompress-lz4.ts';
import { decompressSnappy } from '../../../src/sources/kafka/decompress-snappy.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const MOST_BYTES = 1024 * 1024;

// A frame with one stored block, and one whose match repeats what came before.
const LZ4 = ['04224d1868404d0500008068656c6c6f00000000', '04224d186840a7090000001461010050626262626200000000'];
// One raw piece, and snappy-java's stream of one.
const SNAPPY = ['050c68656c6c6f00', '0f0c68656c6c2e0400', '82534e4150505900000000010000000100000007051068656c6c6f'];

/** What a producer may have compressed, or made look so: read, or refused with a `RangeError`, and never larger. */
export const targets: readonly FuzzTarget[] = [
  targetOf('kafka-lz4', LZ4, decompressLz4),
  targetOf('kafka-snappy', SNAPPY, decompressSnappy),
];

function targetOf(
  name: string,
  seeds: readonly string[],
  decompress: (input: Buffer, maxBytes: number) => Promise<Buffer>,
): FuzzTarget {
  return {
    name,
    shape: 'bytes',
    seeds: seeds.map((hex) => Buffer.from(hex, 'hex')),
    async run(input) {
      const output = await decompress(input, MOST_BYTES).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        return Buffer.alloc(0);
      });
      assert.ok(output.length <= MOST_BYTES);
    },
  };
}

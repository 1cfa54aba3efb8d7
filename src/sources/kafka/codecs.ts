import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { MAX_BATCH_BYTES } from './batch-limits.ts';
import { decompressLz4 } from './decompress-lz4.ts';
import { decompressSnappy } from './decompress-snappy.ts';

type Decompress = (input: Buffer) => Promise<Buffer>;

const inflate = promisify(gunzip);
const decompressZstd = promisify(zstdDecompress);

/**
 * Teaches kafkajs every codec that Kafka's producers know, each bounded by {@link MAX_BATCH_BYTES}: kafkajs itself
 * knows gzip alone, and inflates it without a limit. Lazaret never produces. Doing it twice changes nothing.
 */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const bounded = { maxOutputLength: MAX_BATCH_BYTES };
  CompressionCodecs[CompressionTypes.GZIP] = codec((input) => inflate(input, bounded));
  CompressionCodecs[CompressionTypes.Snappy] = codec((input) => decompressSnappy(input, MAX_BATCH_BYTES));
  CompressionCodecs[CompressionTypes.LZ4] = codec((input) => decompressLz4(input, MAX_BATCH_BYTES));
  CompressionCodecs[CompressionTypes.ZSTD] = codec((input) => decompressZstd(input, bounded));
}

function codec(decompress: Decompress): () => { compress: () => never; decompress: Decompress } {
  const compress = (): never => {
    throw new TypeError('Lazaret produces no records');
  };
  return () => ({ compress, decompress });
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { snappyUncompress } from 'hysnappy';
import { BYTES_PER_TURN } from './batch-limits.ts';

// snappy-java's stream: this, two version numbers, then blocks that each tell their compressed length.
// https://github.com/xerial/snappy-java#compatibility-notes
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = XERIAL.length + 8;
// One piece is decompressed without a pause. Java's are 32 KiB; librdkafka's are a whole batch, 1 MB at most by default.
const MAX_PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Decompresses snappy in both framings that Kafka knows: the blocks of snappy-java, which Kafka's own clients write,
 * and one raw piece, which librdkafka writes. https://github.com/google/snappy/blob/1.2.2/format_description.txt
 * @throws {RangeError} for what is no snappy, ends early, or holds more than `maxBytes`
 */
export async function decompressSnappy(input: Buffer, maxBytes: number): Promise<Buffer> {
  if (!input.subarray(0, XERIAL.length).equals(XERIAL)) return decompressPiece(input, maxBytes);
  const pieces: Buffer[] = [];
  let length = 0;
  let turnStart = 0;
  for (let at = XERIAL_HEADER_BYTES; at < input.length; ) {
    const size = input.readUInt32BE(at);
    at += 4;
    if (at + size > input.length) throw new RangeError('it ends early');
    const piece = decompressPiece(input.subarray(at, at + size), maxBytes - length);
    pieces.push(piece);
    length += piece.length;
    at += size;
    if (length - turnStart < BYTES_PER_TURN) continue;
    turnStart = length;
    await nextTurn();
  }
  return Buffer.concat(pieces, length);
}

function decompressPiece(piece: Buffer, maxBytes: number): Buffer {
  const length = decodeLength(piece);
  if (length > Math.min(maxBytes, MAX_PIECE_BYTES)) throw new RangeError(`it holds ${length} bytes, which is too many`);
  if (length === 0) return Buffer.alloc(0);
  const bytes = uncompress(piece, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uncompress(piece: Buffer, length: number): Uint8Array {
  try {
    return snappyUncompress(piece, length);
  } catch (cause) {
    throw new RangeError('it is no snappy', { cause });
  }
}

/** The length that a piece tells of itself: a little-endian base-128 number of at most 32 bits. */
function decodeLength(piece: Buffer): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = piece.readUInt8(at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new RangeError('its length is no number');
}

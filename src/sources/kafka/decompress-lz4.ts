import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_PER_TURN } from './batch-limits.ts';

const MAGIC = 0x184d2204;
const IS_STORED = 0x80000000;
// A match reaches back 64 KiB, also into earlier blocks of the same frame.
const MIN_MATCH = 4;
const LONG = 15;

/**
 * Decompresses LZ4 frames, as Kafka's producers write them: every frame of the input, one after the other. Checksums
 * are not compared: the broker has checked the batch, and what comes out is parsed strictly.
 * https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md
 * https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Block_format.md
 * @throws {RangeError} for what is no LZ4 frame, ends early, or holds more than `maxBytes`
 */
export async function decompressLz4(input: Buffer, maxBytes: number): Promise<Buffer> {
  const output = new Output(maxBytes);
  let at = 0;
  while (at < input.length) at = await decodeFrame(input, at, output);
  return output.taken();
}

/** Bytes written so far, in a buffer that grows up to a limit. */
class Output {
  bytes = Buffer.allocUnsafe(64 * 1024);
  length = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Makes room for so many bytes more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.#maxBytes) throw new RangeError(`it holds more than ${this.#maxBytes} bytes`);
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.bytes.length * 2)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  taken(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Returns where the frame ends. */
async function decodeFrame(input: Buffer, start: number, output: Output): Promise<number> {
  if (input.readUInt32LE(start) !== MAGIC) throw new RangeError('it is no LZ4 frame');
  const flags = input.readUInt8(start + 4);
  if (flags >> 6 !== 1) throw new RangeError('it is of an unknown version of LZ4');
  if ((flags & 0x01) !== 0) throw new RangeError('it needs a dictionary');
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasContentChecksum = (flags & 0x04) !== 0;
  const frameStart = output.length;
  let turnStart = output.length;
  // Magic, flags, block size, and the checksum of this header.
  let at = start + 4 + 2 + (hasContentSize ? 8 : 0) + 1;
  for (;;) {
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) return at + (hasContentChecksum ? 4 : 0);
    const size = word & ~IS_STORED;
    if (at + size > input.length) throw new RangeError('it ends early');
    const block = input.subarray(at, at + size);
    if ((word & IS_STORED) !== 0) append(block, output);
    else decodeBlock(block, frameStart, output);
    at += size + (hasBlockChecksum ? 4 : 0);
    if (output.length - turnStart < BYTES_PER_TURN) continue;
    turnStart = output.length;
    await nextTurn();
  }
}

function append(bytes: Buffer, output: Output): void {
  output.reserve(bytes.length);
  bytes.copy(output.bytes, output.length);
  output.length += bytes.length;
}

function decodeBlock(block: Buffer, frameStart: number, output: Output): void {
  let at = 0;
  const decodeLength = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === LONG ? 255 : 0; more === 255; length += more) more = block.readUInt8(at++);
    return length;
  };
  while (at < block.length) {
    const token = block.readUInt8(at++);
    const literals = decodeLength(token >> 4);
    if (at + literals > block.length) throw new RangeError('it ends early');
    append(block.subarray(at, at + literals), output);
    at += literals;
    // The last sequence of a block is literals alone.
    if (at === block.length) return;
    const offset = block.readUInt16LE(at);
    at += 2;
    repeat(offset, decodeLength(token & 0x0f) + MIN_MATCH, frameStart, output);
  }
}

/** Copies what was written `offset` bytes ago; what is longer than that repeats itself. */
function repeat(offset: number, count: number, frameStart: number, output: Output): void {
  const from = output.length - offset;
  if (offset === 0 || from < frameStart) throw new RangeError('it refers to bytes before its beginning');
  output.reserve(count);
  const { bytes } = output;
  const end = output.length + count;
  // Each round doubles what repeats.
  for (let at = output.length; at < end; ) {
    const piece = Math.min(end - at, at - from);
    bytes.copyWithin(at, from, from + piece);
    at += piece;
  }
  output.length = end;
}

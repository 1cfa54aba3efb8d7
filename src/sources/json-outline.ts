import { setImmediate as nextTurn } from 'node:timers/promises';

/** Payloads up to this size are read as they are: they are parsed in a millisecond. */
export const OUTLINED_FROM_BYTES = 64 * 1024;
/** The most that an outline may come to. */
export const MAX_OUTLINE_BYTES = 1024 * 1024;

// A megabyte takes some ten milliseconds: the event loop turns in between.
const BYTES_PER_TURN = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NULL = Buffer.from('null');
// Longer than every name, digest and media type; what is longer is not read, only carried.
const MAX_STRING = 4096;

/**
 * Keeps of a JSON text, piece by piece, what an event is read from: texts longer than 4 KiB are cut, and what is nested
 * deeper than `depth` becomes `null`. So a manifest of megabytes in an event costs neither memory nor a parser's time.
 * Nothing is checked here: what is kept of text that is no JSON is no JSON either, or is dropped with what it stands in.
 */
export class JsonOutline {
  readonly #depth: number;
  #kept = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  #open = 0;
  /** Characters of the text that is being read; -1 outside. */
  #text = -1;
  /** Bytes that still belong to an escape. */
  #escape = 0;
  #isCut = false;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Bytes kept so far. */
  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    // Each byte becomes four at most: an opening brace becomes `null`.
    this.#reserve(bytes.length + NULL.length);
    for (const byte of bytes) {
      if (this.#text >= 0) this.#readText(byte);
      else this.#readStructure(byte);
    }
  }

  take(): Buffer {
    return this.#kept.subarray(0, this.#length);
  }

  #readStructure(byte: number): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#open += 1;
      if (this.#open === this.#depth + 1) this.#keepAll(NULL);
    }
    if (byte === QUOTE) {
      this.#text = 0;
      this.#isCut = false;
    }
    if (this.#open <= this.#depth) this.#keep(byte);
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#open -= 1;
  }

  #readText(byte: number): void {
    const isInside = this.#open <= this.#depth;
    if (this.#escape > 0) {
      this.#escape += byte === SMALL_U && this.#escape === 1 ? 3 : -1;
    } else if (byte === QUOTE) {
      this.#text = -1;
      if (isInside) this.#keep(byte);
      return;
    } else {
      // Cut between two characters: never within an escape or the bytes of one character.
      if (this.#text >= MAX_STRING && (byte & 0xc0) !== 0x80) this.#isCut = true;
      if (byte === BACKSLASH) this.#escape = 1;
    }
    this.#text += 1;
    if (isInside && !this.#isCut) this.#keep(byte);
  }

  #keep(byte: number): void {
    if (this.#length === this.#kept.length) this.#reserve(1);
    this.#kept[this.#length] = byte;
    this.#length += 1;
  }

  #keepAll(bytes: Uint8Array): void {
    for (const byte of bytes) this.#keep(byte);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#kept.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#kept.length * 2, this.#length + count));
    this.#kept.copy(grown, 0, 0, this.#length);
    this.#kept = grown;
  }
}

/** The outline of a whole payload; a small one is returned as it is. */
export async function outlineJson(payload: Uint8Array, depth: number): Promise<Uint8Array> {
  if (payload.length <= OUTLINED_FROM_BYTES) return payload;
  const outline = new JsonOutline(depth);
  for (let at = 0; at < payload.length && outline.length <= MAX_OUTLINE_BYTES; at += BYTES_PER_TURN) {
    if (at > 0) await nextTurn();
    outline.push(payload.subarray(at, at + BYTES_PER_TURN));
  }
  return outline.take();
}

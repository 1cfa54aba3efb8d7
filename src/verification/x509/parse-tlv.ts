import { isUtf8 } from 'node:buffer';

/** Where one DER value lies in a buffer. */
export interface TlvSpan {
  readonly tag: number;
  /** Offset of the content. */
  readonly start: number;
  /** Offset after the content. */
  readonly end: number;
}

/**
 * Reads one tag and length by the distinguished encoding rules (X.690 §10.1: definite and shortest form), of at most
 * four length bytes. `undefined` if it is not DER or leaves the buffer.
 */
export function findTlv(der: Buffer, at: number): TlvSpan | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  if (first < 0x80) return span(der, tag, at + 2, first);
  const size = first & 0x7f;
  if (size < 1 || size > 4 || at + 2 + size > der.length) return undefined;
  const length = der.readUIntBE(at + 2, size);
  if (length < 0x80 || length < 2 ** (8 * (size - 1))) return undefined;
  return span(der, tag, at + 2 + size, length);
}

/** The same, where DER is required. @throws {RangeError} */
export function parseTlv(der: Buffer, at: number): TlvSpan {
  const found = findTlv(der, at);
  if (found === undefined) throw new RangeError('not DER');
  return found;
}

function span(der: Buffer, tag: number, start: number, length: number): TlvSpan | undefined {
  return start + length > der.length ? undefined : { tag, start, end: start + length };
}

/** The content of a DER UTF8String (tag 12) that fills the buffer exactly; anything else is `undefined`. */
export function parseUtf8String(der: Buffer): string | undefined {
  try {
    const { tag, start, end } = parseTlv(der, 0);
    return tag === 0x0c && end === der.length ? decodeUtf8(der.subarray(start, end)) : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes UTF-8; `undefined` if it is none. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

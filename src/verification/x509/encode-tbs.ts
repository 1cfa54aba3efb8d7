import { parseTlv } from './parse-tlv.ts';

const EXTENSIONS = 0xa3;
const SEQUENCE = 0x30;

/**
 * Encodes the signed part of a certificate (RFC 5280 §4.1.2) with only those extensions whose place in the list is in
 * `kept`: a certificate log signs it without the proof that is later put into it (RFC 6962 §3.2). Everything else stays
 * byte for byte as it was signed.
 * @throws {RangeError} if it is not DER.
 */
export function encodeTbs(tbs: Buffer, kept: ReadonlySet<number>): Buffer {
  const outer = parseTlv(tbs, 0);
  const parts: Buffer[] = [];
  for (let at = outer.start; at < outer.end; ) {
    const { tag, start, end } = parseTlv(tbs, at);
    parts.push(tag === EXTENSIONS ? encodeExtensions(tbs, start, kept) : tbs.subarray(at, end));
    at = end;
  }
  return encode(SEQUENCE, parts);
}

function encodeExtensions(tbs: Buffer, at: number, kept: ReadonlySet<number>): Buffer {
  const list = parseTlv(tbs, at);
  const parts: Buffer[] = [];
  let place = 0;
  for (let next = list.start; next < list.end; place++) {
    const { end } = parseTlv(tbs, next);
    if (kept.has(place)) parts.push(tbs.subarray(next, end));
    next = end;
  }
  return encode(EXTENSIONS, [encode(SEQUENCE, parts)]);
}

// X.690 §10.1: definite lengths in the fewest bytes.
function encode(tag: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), ...parts]);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = Buffer.alloc(2 + size);
  head.writeUInt8(tag, 0);
  head.writeUInt8(0x80 | size, 1);
  head.writeUIntBE(length, 2, size);
  return Buffer.concat([head, ...parts]);
}

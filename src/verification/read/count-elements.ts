const OCTET_STRING = 0x04;
const CONSTRUCTED = 0x20;
// As deep as the library follows.
const MAX_DEPTH = 100;

/**
 * Counts the values in DER as the library's parser would build them (it also looks into octet strings), and stops at
 * `limit`. Thousands of tiny values make that parser slow, and hundreds are enough for any certificate or timestamp.
 * Never throws: where the bytes are not DER, counting ends.
 */
export function countElements(der: Uint8Array, limit: number): number {
  return countIn(der, 0, der.length, limit, 0);
}

function countIn(der: Uint8Array, start: number, end: number, limit: number, depth: number): number {
  let count = 0;
  for (let at = start; at < end && count < limit; ) {
    const tag = der[at] ?? 0;
    const content = contentOf(der, at, end);
    if (content === undefined) break;
    count++;
    const isOpen = (tag & CONSTRUCTED) !== 0 || tag === OCTET_STRING;
    if (isOpen && depth < MAX_DEPTH) count += countIn(der, content.start, content.end, limit - count, depth + 1);
    at = content.end;
  }
  return count;
}

function contentOf(der: Uint8Array, at: number, end: number): { start: number; end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (size > 4) return undefined;
  let length = size === 0 ? first : 0;
  for (let offset = 0; offset < size; offset++) length = length * 0x100 + (der[at + 2 + offset] ?? 0);
  const start = at + 2 + size;
  return start + length <= end ? { start, end: start + length } : undefined;
}

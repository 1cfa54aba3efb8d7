import { isUtf8 } from 'node:buffer';

const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;

// bzip2, the one compression whose first bytes are text; all others are not UTF-8 or hold control characters.
const BZIP2 = [0x42, 0x5a, 0x68];

/**
 * Whether these bytes are text and nothing else: no archive and nothing compressed, whatever type they are given.
 * Runtimes that do not look at a layer's type unpack what they recognise, and a text can be made such that its first 512
 * bytes are the head of an archive as well. `json`: it must begin as an object, too.
 */
export function isPlainText(bytes: Uint8Array, { json }: { readonly json: boolean }): boolean {
  if (BZIP2.every((byte, at) => bytes[at] === byte) || isTar(bytes)) return false;
  if (json && !startsLikeObject(bytes)) return false;
  // Without making a text of it, and by Node's own search: a hundred times as quick, of up to 50 MiB on the main thread.
  return isUtf8(bytes) && !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(0);
}

/** Whether the first byte that is no white space of JSON opens an object. */
export function startsLikeObject(bytes: Uint8Array): boolean {
  let at = 0;
  while (isSpace(bytes[at])) at++;
  return bytes[at] === OPEN_OBJECT;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/**
 * Whether these bytes begin with the head of a tar archive, of any format: one whose checksum is right. The sum counts
 * its own field as spaces, and old writers summed signed bytes. https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK) return false;
  // A copy also of a Buffer, whose `slice` would share its bytes with what is read next.
  const head = Uint8Array.from(bytes.subarray(0, BLOCK));
  const field = new TextDecoder('latin1').decode(head.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH));
  const [octal] = /^[0-7]+/.exec(field.replace(/^[ \0]+/, '')) ?? [];
  if (octal === undefined) return false;
  head.fill(SPACE, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH);
  const told = Number.parseInt(octal, 8);
  const sum = head.reduce((total, byte) => total + byte, 0);
  const signed = head.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
  return told === sum || told === signed;
}

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
  if (BZIP2.every((byte, at) => bytes[at] === byte) || isTar(bytes) || bytes.includes(0)) return false;
  if (json && bytes.find((byte) => ![SPACE, 0x09, 0x0a, 0x0d].includes(byte)) !== OPEN_OBJECT) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
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

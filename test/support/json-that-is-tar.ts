const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;

/**
 * JSON text of these members whose first 512 bytes are also the head of an (empty) tar archive of the oldest form: its
 * checksum stands as spaces and digits between two members' names. Harmless: there is nothing in the archive.
 */
export function jsonThatIsTar(members: object): string {
  const body = JSON.stringify(members).slice(1, -1);
  // Everything before the field is white space within the object, and what follows it is the value of a member.
  const before = `{${body},"sum":`.padEnd(CHECKSUM_AT, ' ');
  if (before.length > CHECKSUM_AT) throw new Error('the members are too long to stand before the checksum');
  const after = '}'.padStart(512 - CHECKSUM_AT - CHECKSUM_LENGTH, ' ');
  const blank = `${before}${' '.repeat(CHECKSUM_LENGTH)}${after}`;
  const sum = [...blank].reduce((total, character) => total + character.charCodeAt(0), 0);
  // Six octal digits, which JSON takes for a number as long as the first is not 0.
  return `${before}${sum.toString(8).padStart(6, ' ').padEnd(CHECKSUM_LENGTH, ' ')}${after}`;
}

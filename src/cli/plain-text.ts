import { escapeInvisible, showInvisible } from '../kit/escape-invisible.ts';

/** No value worth reading on a terminal is longer; a manifest may hold megabytes of one. */
const MAX_LENGTH = 2_000;

/**
 * Makes text from outside (names, error messages, evidence) safe to print on a terminal: white space becomes one
 * space, every other character with an effect of its own is written as an escape, and what is too long is cut.
 */
export function plainText(text: string): string {
  const flat = text.replace(/[\t\n\v\f\r ]+/g, ' ').trim();
  return showInvisible(flat.length > MAX_LENGTH ? `${flat.slice(0, MAX_LENGTH)}… (cut)` : flat);
}

/**
 * JSON that is safe to print on a terminal and reads back as the same value: the characters `plainText` escapes are
 * written as `\uXXXX`.
 */
export function plainJson(value: unknown, indent = 0): string {
  return escapeInvisible(JSON.stringify(value, null, indent));
}

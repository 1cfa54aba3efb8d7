import { INVISIBLE } from '../../kit/invisible.ts';

/** One value of somebody else's making (a name, a tag): threats L10. Characters are code points. */
export const VALUE_LIMIT = 200;

/** A sentence that quotes up to three such values: one of an identity alone may be 150 characters. */
export const SENTENCE_LIMIT = 600;

/** A command line: a name of 255 characters, a digest of 135, the path of the configuration and the words around them. */
export const COMMAND_LIMIT = 1_000;

/** Ends a text that was cut. */
const CUT = '…';

/** Line breaks of all kinds become one space, so that no value can start a line of its own. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/**
 * Makes a hostile text safe to stand in a line of a message: one line, nothing invisible, well-formed Unicode, at most
 * `limit` characters, the cut marked. It does not escape: each sink does that for its own markup.
 */
export function cleanText(text: string, limit: number = VALUE_LIMIT): string {
  // 10 MB of zero-width characters must not be walked through; eight to one leaves room for what is stripped.
  const bounded = text.slice(0, limit * 8);
  const cleaned = bounded.toWellFormed().replace(BREAKS, ' ').replace(INVISIBLE, '').replace(/ {2,}/g, ' ').trim();
  const characters = [...cleaned];
  if (characters.length <= limit && bounded.length === text.length) return cleaned;
  return `${characters.slice(0, limit - 1).join('')}${CUT}`;
}

import { INVISIBLE } from './invisible.ts';

// Notices quote at most so much of any one text that came from outside.
const MAX_LENGTH = 200;

// Most text to quote is visible ASCII with single spaces, in which nothing needs to change.
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Makes text from outside fit to be quoted in a sentence: what cannot be seen or turns the reading direction is taken
 * out, white space becomes one space, and what is longer than `max` characters loses its middle (both ends of an
 * identity matter: the host at the front, the ref at the back).
 */
export function shortText(text: string, max: number = MAX_LENGTH): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  // Bounded first: one certificate name or predicate field may be megabytes.
  const bounded = text.length > 4 * max ? `${text.slice(0, 2 * max)}${text.slice(-2 * max)}` : text;
  const clean = [...bounded.replace(/\s+/g, ' ').replace(INVISIBLE, '').trim()];
  if (clean.length <= max) return clean.join('');
  const head = Math.ceil((max - 1) / 2);
  return `${clean.slice(0, head).join('')}…${clean.slice(clean.length - (max - 1 - head)).join('')}`;
}

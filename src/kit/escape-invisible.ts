import { INVISIBLE } from './invisible.ts';

/** Writes what is invisible as `\u{…}`, for people. */
export function showInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Writes what is invisible, but for line feeds, as `\uXXXX`: JSON stays the same value, and so does YAML's double-quoted text. */
export function escapeInvisible(json: string): string {
  return json.replace(INVISIBLE, (character) => (character === '\n' ? character : escapeUnits(character)));
}

/** Whether anything in the text is invisible. */
export function hasInvisible(text: string): boolean {
  return text.search(INVISIBLE) !== -1;
}

// JSON knows only UTF-16 units: beyond the basic plane a character takes two escapes.
function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

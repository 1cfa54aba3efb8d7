import { InvalidInputError } from './errors.ts';
import type { Json } from './json.ts';
import { finish, type Steps } from './steps.ts';

/** Bounds of one document. A caller caps the bytes before: this bounds what a capped document may cost. */
export interface ParseJsonOptions {
  /** Deepest nesting of arrays and objects; default 32. */
  readonly maxDepth?: number;
  /** Most members and elements altogether; default 250,000. */
  readonly maxValues?: number;
  /** Most names in one object; default as many as values. Comparing them is what costs most. */
  readonly maxNames?: number;
  /** Most different names in the whole document; default any number. They are what costs `JSON.parse` most. */
  readonly maxDifferentNames?: number;
}

// In-toto statements and SBOM documents seen in practice nest 12 deep; a million levels block JSON.parse for a second.
const MAX_DEPTH = 32;
// A 16 MiB SBOM holds about 200,000 values. The worst case, one object with so many names, takes 0.15 s: callers on
// the main thread give a lower bound.
const MAX_VALUES = 250_000;

/** Characters of a step: of names alone, all different, they take 5 ms. */
const STEP = 256 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses hostile JSON (RFC 8259) strictly: the nesting and the names are scanned in linear time before
 * `JSON.parse` sees anything. Two equal names in one object are refused, however they are escaped: two readers could
 * disagree on which one counts. Bytes must be UTF-8 without a byte order mark.
 * @throws {InvalidInputError} `JSON_TOO_DEEP` (also for too many values), `JSON_DUPLICATE_KEY`, `JSON_MALFORMED`.
 */
export function parseJson(input: string | Uint8Array, options: ParseJsonOptions = {}): Json {
  return finish(parseJsonInSteps(input, options));
}

/** The same in steps. The longest is `JSON.parse` itself: 100,000 values of 4 MiB take it up to 25 ms. */
export function* parseJsonInSteps(input: string | Uint8Array, options: ParseJsonOptions = {}): Steps<Json> {
  const text = typeof input === 'string' ? input : decode(input);
  yield* scan(text, options);
  if (text.length > STEP) yield;
  return parse(text);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidInputError('JSON_MALFORMED', 'expected JSON in UTF-8, got bytes that are not UTF-8');
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInputError(
      'JSON_MALFORMED',
      `expected well-formed JSON, got ${describeFault(text, String(error))}`,
    );
  }
}

/**
 * The engine's own message quotes the input, which may hold a secret, so only the kind of fault and its place are taken
 * from it.
 */
function describeFault(text: string, message: string): string {
  if (text.trim() === '') return 'an empty text';
  if (text.startsWith('\u{FEFF}')) return 'a byte order mark before it: save it as UTF-8 without one';
  const position = /at position \d+/.exec(message)?.[0];
  if (position !== undefined) return `a syntax error ${position}`;
  return message.includes('end of JSON input') ? 'only the beginning of some' : 'something else';
}

/** Walks the text once. Malformed text may pass: `JSON.parse` refuses it afterwards. */
function* scan(
  text: string,
  { maxDepth = MAX_DEPTH, maxValues = MAX_VALUES, maxNames = maxValues, maxDifferentNames }: ParseJsonOptions,
): Steps<void> {
  const different = maxDifferentNames === undefined ? null : new Set<string>();
  // One entry per open bracket: the names seen so far in an object, null in an array.
  const open: (Set<string> | null)[] = [];
  let names: Set<string> | null = null;
  let expectsName = false;
  let values = 0;
  let stepEnd = STEP;
  for (let at = 0; at < text.length; at++) {
    if (at >= stepEnd) {
      stepEnd = at + STEP;
      yield;
    }
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = findStringEnd(text, at);
      if (expectsName && names !== null) {
        const name = addName(names, text.slice(at, end + 1), at);
        if (names.size > maxNames) throw tooDeep(`at most ${maxNames} names in an object`, 'more');
        if (different !== null && different.add(name).size > (maxDifferentNames ?? 0))
          throw tooDeep(`at most ${maxDifferentNames} different names`, 'more');
      }
      expectsName = false;
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      names = code === OPEN_OBJECT ? new Set() : null;
      expectsName = names !== null;
      values++;
      if (open.push(names) > maxDepth) throw tooDeep(`nesting of at most ${maxDepth}`, 'deeper nesting');
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      names = open.at(-1) ?? null;
      expectsName = false;
    } else if (code === COMMA) {
      expectsName = names !== null;
      if (++values > maxValues) throw tooDeep(`at most ${maxValues} values`, 'more');
    }
  }
}

function tooDeep(expected: string, found: string): InvalidInputError {
  return new InvalidInputError('JSON_TOO_DEEP', `expected JSON with ${expected}, got ${found}`);
}

/** Where the string that starts here ends: at the next quote with an even number of backslashes before it. */
function findStringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = end;
    while (text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
    if ((end - slashes) % 2 === 0) return end;
  }
  return text.length;
}

function addName(names: Set<string>, literal: string, at: number): string {
  const name = literal.includes('\\') ? String(parse(literal)) : literal.slice(1, -1);
  if (names.has(name)) {
    throw new InvalidInputError(
      'JSON_DUPLICATE_KEY',
      `expected each name once in a JSON object, got a repeat at position ${at}`,
    );
  }
  names.add(name);
  return name;
}

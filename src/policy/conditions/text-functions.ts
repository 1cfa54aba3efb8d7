import type { CelFunc } from '@bufbuild/cel';
import type { Cel } from './cel.ts';
import { countPoints, unitAt } from './code-points.ts';

/**
 * Functions for text that people know from Kubernetes, counted in code points:
 * https://pkg.go.dev/github.com/google/cel-go/ext#Strings. The library's own count UTF-16 units, and know no bounds.
 */
export function textFunctions({
  celFunc,
  celMethod,
  celList,
  isCelList,
  listType,
  CelScalar,
}: Cel): readonly CelFunc[] {
  const { INT, STRING, DYN } = CelScalar;
  const [LIST, TEXTS] = [listType(DYN), listType(STRING)];
  const join = (list: unknown, between: string): string => {
    const parts: readonly unknown[] = isCelList(list) ? [...list] : [];
    if (!parts.every((part) => typeof part === 'string')) throw new Error('join is for lists of text');
    bound(parts.reduce((sum, part) => sum + part.length + between.length, 0));
    return parts.join(between);
  };
  return [
    celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
      bound(left.length + right.length);
      return left + right;
    }),
    celFunc('size', [STRING], INT, (text) => BigInt(countPoints(text))),
    celMethod('size', STRING, [], INT, function () {
      return BigInt(countPoints(this));
    }),
    celMethod('charAt', STRING, [INT], STRING, function (index) {
      const unit = positionIn(this, index);
      // One code point is two units at most.
      const [character = ''] = this.slice(unit, unit + 2);
      return character;
    }),
    celMethod('indexOf', STRING, [STRING], INT, function (part) {
      return indexOf(this, part, 0n);
    }),
    celMethod('indexOf', STRING, [STRING, INT], INT, function (part, from) {
      return indexOf(this, part, from);
    }),
    celMethod('lastIndexOf', STRING, [STRING], INT, function (part) {
      return found(this, this.lastIndexOf(part));
    }),
    celMethod('lastIndexOf', STRING, [STRING, INT], INT, function (part, from) {
      return lastIndexOf(this, part, from);
    }),
    celMethod('lowerAscii', STRING, [], STRING, function () {
      return this.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    }),
    celMethod('upperAscii', STRING, [], STRING, function () {
      return this.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    }),
    celMethod('trim', STRING, [], STRING, function () {
      return trim(this);
    }),
    celMethod('reverse', STRING, [], STRING, function () {
      return [...this].reverse().join('');
    }),
    celMethod('substring', STRING, [INT], STRING, function (start) {
      return this.slice(positionIn(this, start));
    }),
    celMethod('substring', STRING, [INT, INT], STRING, function (start, end) {
      if (start > end) throw new Error(`the end ${end} comes before the start ${start}`);
      return this.slice(positionIn(this, start), positionIn(this, end));
    }),
    celMethod('replace', STRING, [STRING, STRING], STRING, function (from, to) {
      return replace(this, from, to, -1);
    }),
    celMethod('replace', STRING, [STRING, STRING, INT], STRING, function (from, to, times) {
      return replace(this, from, to, Number(times));
    }),
    celMethod('split', STRING, [STRING], TEXTS, function (between) {
      return celList(split(this, between, -1));
    }),
    celMethod('split', STRING, [STRING, INT], TEXTS, function (between, parts) {
      return celList(split(this, between, Number(parts)));
    }),
    celMethod('join', LIST, [], STRING, function () {
      return join(this, '');
    }),
    celMethod('join', LIST, [STRING], STRING, function (between) {
      return join(this, between);
    }),
    celFunc('strings.quote', [STRING], STRING, (text) => {
      return `"${[...text].map((char) => QUOTED[char] ?? char).join('')}"`;
    }),
  ];
}

// As much as the largest evidence there is: nothing honest makes more of it.
const MAX_LENGTH = 64 * 1_048_576;

function bound(length: number): void {
  if (length > MAX_LENGTH) throw new Error('the text that it makes is too long');
}

function positionIn(text: string, index: bigint): number {
  const unit = unitAt(text, Number(index));
  if (unit === undefined) throw new Error(`the text has no character ${index}`);
  return unit;
}

function found(text: string, unit: number): bigint {
  return unit === -1 ? -1n : BigInt(countPoints(text.slice(0, unit)));
}

// As in cel-go, a start past the end is no error: the part is just not found.
function indexOf(text: string, part: string, from: bigint): bigint {
  if (from < 0n) throw new Error(`the text has no character ${from}`);
  if (part === '') return from;
  const unit = unitAt(text, Number(from));
  return unit === undefined ? -1n : found(text, text.indexOf(part, unit));
}

function lastIndexOf(text: string, part: string, from: bigint): bigint {
  if (from < 0n) throw new Error(`the text has no character ${from}`);
  if (part === '') return from;
  const unit = unitAt(text, Number(from));
  return unit === undefined || unit === text.length ? -1n : found(text, text.lastIndexOf(part, unit));
}

/** White space of Unicode; unlike `String.trim`, not the byte order mark, and the next line. */
const SPACE = String.raw`[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const BEFORE = new RegExp(`^${SPACE}+`, 'u');
const IS_SPACE = new RegExp(SPACE, 'u');

function trim(text: string): string {
  // A pattern for the end would look at every run of white space in between: the square of its length.
  const start = BEFORE.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && IS_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function replace(text: string, from: string, to: string, times: number): string {
  // Empty text is found before each character, and at the end.
  const parts = from === '' ? ['', ...text, ''] : text.split(from);
  const shown = times < 0 ? parts : cut(parts, times + 1, from);
  bound(text.length + shown.length * to.length);
  return shown.join(to);
}

function split(text: string, between: string, count: number): readonly string[] {
  const parts = between === '' ? [...text] : text.split(between);
  return count < 0 ? parts : cut(parts, count, between);
}

function cut(parts: readonly string[], count: number, between: string): readonly string[] {
  if (count === 0 || parts.length <= count) return count === 0 ? [] : parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(between)];
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\u000b': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

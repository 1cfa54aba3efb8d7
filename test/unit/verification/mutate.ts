import type { JsonObject } from '../../../src/kit/json.ts';

/** A document with one field changed. */
export interface Mutant {
  /** What was changed where, for the message of a failing test. */
  readonly what: string;
  readonly json: unknown;
}

type Change = readonly [string, (value: unknown) => unknown];

const DELETED = Symbol('deleted');

const ANY_FIELD: readonly Change[] = [
  ['deleted', () => DELETED],
  ['null', () => null],
  ['a number', () => 7],
  ['a negative number', () => -1],
  ['an empty text', () => ''],
  ['true', () => true],
  ['an empty list', () => []],
  ['an empty object', () => ({})],
  ['wrapped in a list', (value) => [value]],
  ['wrapped in an object', (value) => ({ value })],
  ['deeply nested', () => JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`)],
];
const LIST: readonly Change[] = [
  ['twice', (value) => (Array.isArray(value) ? [...value, ...value] : value)],
  ['reversed', (value) => (Array.isArray(value) ? value.toReversed() : value)],
  ['a hundred times', (value) => (Array.isArray(value) ? Array.from({ length: 100 }, () => value[0]) : value)],
];
const TEXT: readonly Change[] = [
  ['doubled', (value) => `${String(value)}${String(value)}`],
  ['halved', (value) => String(value).slice(0, String(value).length / 2)],
  ['with a blank', (value) => `${String(value)} `],
  ['with a NUL', (value) => `${String(value)}\0`],
  ['upper case', (value) => String(value).toUpperCase()],
  ['another letter', (value) => `A${String(value).slice(1)}`],
  ['not ASCII', () => 'ä€😀'],
  ['a huge number', () => '9'.repeat(400)],
  ['a prototype', () => '__proto__'],
];

/** Every single-field mutation of a JSON document, and `flips` flipped bits in each of its base64 texts. */
export function* mutations(document: JsonObject, flips: number): Generator<Mutant> {
  for (const path of pathsOf(document)) {
    const value = valueAt(document, path);
    const changes = [
      ...ANY_FIELD,
      ...(Array.isArray(value) ? LIST : []),
      ...(typeof value === 'string' ? [...TEXT, ...bitFlips(value, flips)] : []),
    ];
    for (const [name, change] of changes)
      yield { what: `${path.join('.')}: ${name}`, json: changed(document, path, change) };
  }
}

function bitFlips(text: string, count: number): Change[] {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < 16) return [];
  // Spread over the whole text, ends included, a different bit each time: the same mutations in every run.
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor((index * (bytes.length - 1)) / Math.max(1, count - 1));
    return [
      `bit ${index % 8} of byte ${at} flipped`,
      () => {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << (index % 8)), at);
        return copy.toString('base64');
      },
    ];
  });
}

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children = Object.entries(value).flatMap(([name, child]) =>
    pathsOf(child, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length === 0 ? children : [path, ...children];
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((value, key) => Reflect.get(Object(value), key), document);
}

function changed(document: JsonObject, path: readonly (string | number)[], change: Change[1]): unknown {
  const copy: unknown = structuredClone(document);
  const holder = Object(valueAt(copy, path.slice(0, -1)));
  const last = path.at(-1) ?? '';
  const value = change(holder[last]);
  if (value !== DELETED) Object.defineProperty(holder, last, { value, enumerable: true, configurable: true });
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}

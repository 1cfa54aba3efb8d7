import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { parseJson } from '../../../src/kit/parse-json.ts';

const codeOf = (input: string | Uint8Array, maxDepth?: number) => {
  try {
    parseJson(input, maxDepth === undefined ? {} : { maxDepth });
    return 'parsed';
  } catch (error) {
    return error instanceof InvalidInputError ? error.code : error;
  }
};
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it('gives what JSON.parse gives for any document without repeats', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('L2: takes the allowed depth and refuses one more', () => {
    expect(codeOf(nested(32))).toBe('parsed');
    expect(codeOf(nested(33))).toBe('JSON_TOO_DEEP');
    expect(codeOf(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBe('JSON_TOO_DEEP');
    expect(codeOf(nested(3), 2)).toBe('JSON_TOO_DEEP');
  });

  it.each([['['], ['{"a":'], ['[{"a":']])(
    'B10: refuses a million levels of %s for less than a harmless text of that length costs to read',
    (opening) => {
      const hostile = Buffer.from(opening.repeat(1_000_000));
      // Forty characters a value: one long text would be read by a single search, and tell little.
      const value = `"${'x'.repeat(37)}"`;
      const harmless = Buffer.from(`[${`${value},`.repeat(hostile.length / 40 - 1)}${value}]`);
      expect(codeOf(harmless)).toBe('parsed');
      expect(codeOf(hostile)).toBe('JSON_TOO_DEEP');
      expect(cpuMicros(() => codeOf(hostile), 20)).toBeLessThan(cpuMicros(() => codeOf(harmless), 20));
    },
  );

  it('L2: takes as many names in one object as are allowed, and in any number of objects', () => {
    const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, 0]));
    const bounds = { maxNames: 3 };
    expect(parseJson(JSON.stringify([named(3), named(3)]), bounds)).toHaveLength(2);
    expect(() => parseJson(JSON.stringify(named(4)), bounds)).toThrow('at most 3 names in an object');
  });

  it('L4: takes as many different names as are allowed, however often each', () => {
    const bounds = { maxDifferentNames: 3 };
    expect(parseJson('[{"a":1,"b":2},{"a":1,"c":2}]', bounds)).toHaveLength(2);
    expect(() => parseJson('[{"a":1,"b":2},{"a":1,"c":2,"d":3}]', bounds)).toThrow('at most 3 different names');
  });

  it.each([1, 2, 3, 4, 5])('finds where a string ends that holds %d backslashes and a quote', (count) => {
    const text = JSON.stringify({ a: `${'\\'.repeat(count)}",[{`, b: '\\'.repeat(count), c: ['"'] });
    expect(parseJson(text, { maxValues: 3 })).toEqual(JSON.parse(text));
  });

  it('does not count brackets inside strings', () => {
    expect(parseJson(JSON.stringify(['['.repeat(100), '"[{\\'.repeat(50)]))).toHaveLength(2);
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"b":[],"b":{}}}]',
    '{"a":{"a":1},"a":2}',
    '{"a":["a"],"b":"a","a":1}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\"":1,"a\\u0022":2}',
  ])('B10: refuses the repeated name in %s', (text) => {
    expect(codeOf(text)).toBe('JSON_DUPLICATE_KEY');
  });

  it.each(['{"a":{"a":"a"},"b":["a","a",{"a":1},{"a":1}]}', '["a","a"]', '{"a":"b","b":"a"}'])(
    'takes the same name in different objects: %s',
    (text) => {
      expect(codeOf(text)).toBe('parsed');
    },
  );

  it.each([
    '',
    ' ',
    '{',
    '[',
    '{"a"',
    '"a',
    '"\\',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '[}',
    ']',
    '1 2',
    'NaN',
    "{'a':1}",
    '\u{feff}{}',
    '// x\n1',
  ])('refuses malformed text %j', (text) => {
    expect(codeOf(text)).toBe('JSON_MALFORMED');
    expect(codeOf(Buffer.from(text))).toBe('JSON_MALFORMED');
  });

  it.each([
    ['\n', 'an empty text'],
    ['{"a":1,}', 'a syntax error at position 7'],
    ['[1,', 'only the beginning of some'],
    ['apiVersion: v1', 'something else'],
    ['\u{feff}{}', 'a byte order mark before it: save it as UTF-8 without one'],
  ])('says what it got instead of JSON: %j', (text, found) => {
    expect(() => parseJson(text)).toThrow(`expected well-formed JSON, got ${found}`);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(new Uint8Array([0x22, 0xff, 0x22]))).toBe('JSON_MALFORMED');
  });

  it('never quotes the input in its message', () => {
    expect(() => parseJson('{"password":"canary-secret" oops}')).toThrow(/^(?!.*canary)/);
  });

  it('B10: keeps __proto__ an ordinary name that pollutes nothing', () => {
    const parsed = parseJson('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    expect(Object.keys(parsed as object)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses more values than a real document has, quickly', () => {
    const wide = `{${Array.from({ length: 300_000 }, (_, index) => `"k${index}":0`).join(',')}}`;
    expect(codeOf(wide)).toBe('JSON_TOO_DEEP');
    expect(codeOf(`[${'0,'.repeat(240_000)}0]`)).toBe('parsed');
  });

  it('takes time in proportion to the length, whatever the escapes', () => {
    const backslashes = (count: number): string => `["${'\\\\'.repeat(count)}"]`;
    const quotes = (count: number): string => `{"${'\\"'.repeat(count)}":1}`;
    for (const escaped of [backslashes, quotes]) {
      const [short, long] = [escaped(100_000), escaped(1_000_000)];
      expect(codeOf(long)).toBe('parsed');
      // The same number of characters in all: a search that begins anew at each escape would take ten times as long.
      const [once, tenTimes] = [cpuMicros(() => codeOf(long), 20), cpuMicros(() => codeOf(short), 200)];
      expect(once).toBeLessThan(5 * tenTimes);
    }
  });
});

/** What so many repetitions cost of this thread's own time: what else runs on the machine does not count. */
function cpuMicros(work: () => unknown, repetitions: number): number {
  const before = process.threadCpuUsage();
  for (let done = 0; done < repetitions; done++) work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

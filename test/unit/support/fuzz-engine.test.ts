import assert from 'node:assert/strict';
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../chaos/random.ts';
import { nextCounter, startCoverage, useCounters } from '../../fuzz/engine/coverage.ts';
import { fuzzLoop, type LoopResult } from '../../fuzz/engine/fuzz-loop.ts';
import { instrument } from '../../fuzz/engine/instrument.ts';
import { mutate } from '../../fuzz/engine/mutate.ts';
import { MAX_INPUT_BYTES } from '../../fuzz/fuzz-target.ts';

/** Uses all that the fuzzer rewrites, and some that must stay as it is. */
const SOURCE = `(() => {
  const late = (x) => x > 2 ? { a: x } : (x ?? 'none');
  function walk(text) {
    'use strict';
    let seen = '';
    for (const c of text) if (c === 'a') seen += 'A'; else if (c !== 'b') { seen += c } 
    do seen += '.'; while (seen.length < 3)
    switch (text) { case 'one': case 'two': return 'number'; default: }
    try { if (text == null) throw new Error('no text') } catch { seen += '!' }
    return seen + (text && text.length || 0) + JSON.stringify(late(text.length)) + ((a, b) => a === b)(1, 1);
  }
  return walk;
})()`;

describe('instrumented source', () => {
  it('does what the source does, and tells which way it went and what was compared', () => {
    const coverage = startCoverage();
    const plain = runInThisContext(SOURCE) as (text: string) => string;
    const counted = instrument('source.js', SOURCE, nextCounter());
    assert.ok(counted !== undefined && counted.next > nextCounter() + 15);
    useCounters(counted.next);
    const rewritten = runInThisContext(counted.source) as (text: string) => string;
    for (const text of ['', 'a', 'abc', 'one', 'zzzz']) expect(rewritten(text)).toBe(plain(text));
    const reach = (text: string) => {
      coverage.clear();
      rewritten(text);
      return coverage.read();
    };
    expect(reach('a')).not.toEqual(reach('zzzz'));
    expect(reach('abc')).toEqual(reach('abc'));
    expect(counted.words).toEqual(expect.arrayContaining(['one', 'two', 'number']));
  });

  it('keeps types, and leaves out what it cannot parse', () => {
    const typed = instrument('typed.ts', 'export const f = (x: string): x is "ab" => (x as string) === "ab";', 0);
    expect(typed?.source).toMatch(/x is "ab" => \(__fuzzCount\[0\]\+\+,__fuzzCompare\(\(x as string\),"ab"\)\)/);
    expect(instrument('broken.ts', 'const = ;', 0)).toBeUndefined();
  });
});

describe('the fuzzer', () => {
  /** Fuzzes a function written as text, for so many inputs at most. */
  async function fuzz(body: string, most: number): Promise<LoopResult> {
    const coverage = startCoverage();
    const counted = instrument('planted.js', `(text) => {${body}}`, nextCounter());
    assert.ok(counted !== undefined);
    useCounters(counted.next);
    const planted = runInThisContext(counted.source) as (text: string) => void;
    let runs = 0;
    return fuzzLoop({
      target: {
        name: 'planted',
        shape: 'text',
        seeds: [Buffer.from('hello')],
        words: counted.words,
        run: (input) => planted(input.toString('latin1')),
      },
      coverage,
      seed: 7,
      corpus: [],
      until: () => runs++ > most,
      announce: () => undefined,
    });
  }

  it('finds a fault behind comparisons that no blind change would get past, and makes it small', async () => {
    const { finding } = await fuzz(
      "if (text.slice(0, 6) === 'sesame') { if (text.slice(6, 10) === 'open') throw new TypeError('found') }",
      200_000,
    );
    expect(finding?.error).toContain('TypeError: found');
    expect(Buffer.from(finding?.input ?? []).toString()).toBe('sesameopen');
  });

  it('ends without a finding where nothing breaks, with the inputs that reached more', async () => {
    const { finding, runs, beyondSeeds } = await fuzz("if (text.includes('!')) { return 1 } return 2", 3_000);
    expect(finding).toBeUndefined();
    expect(runs).toBeGreaterThan(3_000);
    expect(beyondSeeds.map((input) => Buffer.from(input).includes('!'))).toEqual([true]);
  });
});

describe('changes of an input', () => {
  it.each(['json', 'der', 'text', 'bytes'] as const)('follow from the seed, and stay in bounds, as %s', (shape) => {
    const corpus = [Buffer.from('{"a":[1,"MAECAQA="],"b":"eyJjIjoxfQ=="}'), Buffer.from('30060201013001ff', 'hex')];
    const some = (seed: number) => {
      const material = { random: createRandom(seed), words: ['word'], corpus };
      return Array.from({ length: 200 }, (_, at) =>
        mutate(corpus[at % 2] ?? Buffer.alloc(0), shape, material).toString('hex'),
      );
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
    expect(Math.max(...some(3).map(({ length }) => length))).toBeLessThanOrEqual(2 * MAX_INPUT_BYTES);
  });
});

import { describe, expect, it } from 'vitest';
import { finishInTurns } from '../../../src/kit/io/finish-in-turns.ts';
import { parseJson, parseJsonInSteps } from '../../../src/kit/parse-json.ts';
import { finish } from '../../../src/kit/steps.ts';
import { parseDescriptors } from '../../../src/registry/parse-descriptor.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const descriptor = (annotations: object) => ({ mediaType: 'application/x', digest: DIGEST, size: 7, annotations });
const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`name-${n}`, 'text']));

function countSteps(steps: Generator<undefined, unknown, undefined>): number {
  let count = 1;
  while (steps.next().done !== true) count++;
  return count;
}

describe('JSON in steps', () => {
  it('L4: a page of 4 MiB takes at least sixteen, whatever it holds', () => {
    const list = JSON.stringify({ manifests: Array.from({ length: 60 }, () => descriptor(names(1_500))) });
    const text = list.padEnd(4 * 1024 * 1024);
    expect(countSteps(parseJsonInSteps(text))).toBeGreaterThanOrEqual(16);
  });

  it('is what it is at once', async () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ [`n${n}`]: 'x'.repeat(20) })));
    expect(await finishInTurns(parseJsonInSteps(text))).toEqual(parseJson(text));
    await expect(finishInTurns(parseJsonInSteps(`${text}]`))).rejects.toThrow('expected well-formed JSON');
  });

  it('of something small is one: nobody waits for it', () => {
    expect(countSteps(parseJsonInSteps('{"a":1}'))).toBe(1);
  });
});

describe('Descriptors in steps', () => {
  it('L4: are counted by their annotations as well', () => {
    const entries = Array.from({ length: 48 }, () => descriptor(names(2_000)));
    expect(countSteps(parseDescriptors(entries))).toBeGreaterThan(40);
    expect(finish(parseDescriptors(entries))).toEqual(entries);
  });

  it('keep texts alone of their annotations', () => {
    expect(finish(parseDescriptors([descriptor({ a: 'b', c: 3 })]))).toEqual([descriptor({ a: 'b' })]);
  });
});

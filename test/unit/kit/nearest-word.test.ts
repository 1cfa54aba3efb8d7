import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../../src/kit/nearest-word.ts';

const KEYS = ['signer', 'source', 'builder', 'attestation'];

describe('did you mean', () => {
  it.each([
    ['singer', 'signer'],
    ['Source', 'source'],
    ['buildr', 'builder'],
    ['attestations', 'attestation'],
  ])('%s: %s', (word, nearest) => {
    expect(nearestWord(word, KEYS)).toBe(nearest);
  });

  it.each(['colour', 'x', '', 'a'.repeat(100_000)])('nothing for %.20s', (word) => {
    expect(nearestWord(word, KEYS)).toBeUndefined();
  });
});

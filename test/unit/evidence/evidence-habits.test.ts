import { expect, it } from 'vitest';
import { createEvidenceHabits } from '../../../src/evidence/evidence-habits.ts';

it('remembers where the evidence of an image lay, by repository', () => {
  const habits = createEvidenceHabits();
  habits.learn('r/a', ['signature-tag', 'signature-tag']);
  habits.learn('r/b', ['fallback-tag', 'referrer', 'legacy-referrer', 'attestation-tag']);
  expect(habits.placesFor('r/a')).toEqual(['signature-tag']);
  expect(habits.placesFor('r/b')).toEqual(['referrers', 'attestation-tag']);
  expect(habits.placesFor('r/c')).toBeUndefined();
});

it('learns nothing from an image that passed without evidence', () => {
  const habits = createEvidenceHabits();
  habits.learn('r/a', ['signature-tag']);
  habits.learn('r/a', []);
  expect(habits.placesFor('r/a')).toEqual(['signature-tag']);
});

it('changes with the repository', () => {
  const habits = createEvidenceHabits();
  habits.learn('r/a', ['signature-tag']);
  habits.learn('r/a', ['referrer']);
  expect(habits.placesFor('r/a')).toEqual(['referrers']);
});

it('stays bounded, and forgets the oldest first', () => {
  const habits = createEvidenceHabits();
  for (let n = 0; n <= 10_000; n++) habits.learn(`r/${n}`, ['referrer']);
  expect(habits.placesFor('r/0')).toBeUndefined();
  expect(habits.placesFor('r/1')).toEqual(['referrers']);
});

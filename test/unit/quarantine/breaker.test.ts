import { expect, it } from 'vitest';
import { decideBreaker } from '../../../src/quarantine/breaker.ts';

const limits = { perHour: 20, share: 0.05 };

it('lets a failing image through in calm times', () => {
  expect(decideBreaker({ counts: { quarantines: 3, judged: 500 }, writesOfSubject: 0, limits })).toBeNull();
});

it('lets the first images of a small registry through, however large their share', () => {
  expect(decideBreaker({ counts: { quarantines: 4, judged: 6 }, writesOfSubject: 0, limits })).toBeNull();
});

it('E2, L9: a wrong policy that fails 1,000 images writes at most 20 tags', () => {
  let quarantines = 0;
  for (let judged = 1; judged <= 1_000; judged += 1) {
    if (decideBreaker({ counts: { quarantines, judged }, writesOfSubject: 0, limits }) === null) quarantines += 1;
  }
  expect(quarantines).toBeGreaterThan(0);
  expect(quarantines).toBeLessThanOrEqual(20);
});

it('L9: stops at 5 % of the images judged, once there are enough of them to count', () => {
  const at = (quarantines: number) =>
    decideBreaker({ counts: { quarantines, judged: 200 }, writesOfSubject: 0, limits });
  expect(at(9)).toBeNull();
  expect(at(10)).toEqual({ scope: 'all', sentence: expect.stringMatching(/11 of the 200.*limit 5 %/) });
});

it('L9: stops at the fourth write to one image in an hour', () => {
  const at = (writesOfSubject: number) =>
    decideBreaker({ counts: { quarantines: 0, judged: 1 }, writesOfSubject, limits });
  expect(at(2)).toBeNull();
  expect(at(3)).toEqual({ scope: 'image', sentence: expect.stringMatching(/3 times in the last hour/) });
});

it('writes nothing with a limit of zero', () => {
  const none = { perHour: 0, share: 0.05 };
  expect(decideBreaker({ counts: { quarantines: 0, judged: 1 }, writesOfSubject: 0, limits: none })).not.toBeNull();
});

import { expect, it, test } from 'vitest';
import { checkTimings, TIMINGS } from '../../../src/domain/timings.ts';

const { deadlineMs } = TIMINGS;

it('whoever has something gives it up before another may take it', () => {
  expect(checkTimings(TIMINGS)).toBe(TIMINGS);
});

test.each([
  ['a judgement that may last until it is taken for lost', { lostAfterMs: deadlineMs['judge-subject'] }],
  ['a registry write that may last as long as its lease', { effectLeaseMs: deadlineMs['apply-quarantine'] }],
  [
    'a notice that may last longer than its lease',
    { deadlineMs: { ...deadlineMs, 'apply-quarantine': 1, 'send-notice': 45_001 } },
  ],
  ['no time for a job', { deadlineMs: { ...deadlineMs, 'resolve-event': 0 } }],
  ['no lock', { jobLockMs: 0 }],
  ['no session', { kafkaSessionMs: 0 }],
  ['no time for a sweep', { sweepLeaseMs: 0 }],
  ['no number', { effectLeaseMs: Number.NaN }],
])('the daemon does not start with %s', (_, other) => {
  expect(() => checkTimings({ ...TIMINGS, ...other })).toThrow(RangeError);
});

it('nothing is lost later than the commands reckon with, which have no timings but the usual ones', () => {
  expect(() => checkTimings({ ...TIMINGS, lostAfterMs: TIMINGS.lostAfterMs + 1 })).toThrow('the commands');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/ports/job-queue.ts';
import { jobIdOf } from '../../../src/queue/job-id.ts';

const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const count = fc.nat();
const job: fc.Arbitrary<Job> = fc.oneof(
  fc.record({ kind: fc.constant('resolve-event' as const), eventId: text }),
  fc.record({ kind: fc.constant('judge-subject' as const), subjectId: text, sequence: count }),
  fc.record({ kind: fc.constant('apply-quarantine' as const), effectId: text, attempt: count }),
  fc.record({ kind: fc.constant('send-notice' as const), effectId: text, attempt: count }),
);

describe('the name of a job', () => {
  test('says what the job is about', () => {
    expect(jobIdOf({ kind: 'resolve-event', eventId: '12' })).toBe('event-12');
    expect(jobIdOf({ kind: 'judge-subject', subjectId: 'ab12', sequence: 3 })).toBe('subject-ab12-3');
    expect(jobIdOf({ kind: 'send-notice', effectId: '7', attempt: 0 })).toBe('effect-7-0');
  });

  test('is the same for the same work and another for any other of its kind', () => {
    fc.assert(
      fc.property(job, job, (one, other) => {
        fc.pre(one.kind === other.kind);
        expect(jobIdOf(one) === jobIdOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  test('is never one that BullMQ refuses', () => {
    fc.assert(
      fc.property(job, (each) => {
        expect(jobIdOf(each)).not.toMatch(/:|^[0-9]+$/);
      }),
    );
  });
});

import type { JobJson } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { JOB_OPTIONS, ownJob } from '../../../src/queue/own-job.ts';

const STORED: JobJson = {
  id: 'subject-a-1',
  name: 'judge-subject',
  data: '{"kind":"judge-subject","subjectId":"a","sequence":1}',
  opts: JOB_OPTIONS,
  progress: 0,
  attemptsMade: 1,
  attemptsStarted: 2,
  stalledCounter: 0,
  timestamp: 5,
  failedReason: '',
  returnvalue: 'null',
};

describe('what is taken from the store of the queue (Q1)', () => {
  it('is all that a job of ours has', () => {
    expect(ownJob(STORED)).toEqual(STORED);
  });

  it('is nothing that ties it to another job, has it made again, or keeps it', () => {
    const forged: JobJson = {
      ...STORED,
      opts: { attempts: 1e9, removeOnFail: false, delay: 1e9 },
      repeatJobKey: 'again',
      parent: { id: 'x', queueKey: 'lazaret:send-notice' },
      parentKey: 'lazaret:send-notice:x',
      deduplicationId: 'x',
      deferredFailure: 'x',
      stacktrace: '["x"]',
    };
    expect(ownJob(forged)).toEqual(STORED);
  });

  it.each(['{', '', '"'.concat('x'.repeat(1_000), '"'), '['.repeat(500), 5 as never, undefined as never])(
    'is no data that is no JSON, or longer than an identity',
    (data) => {
      expect(ownJob({ ...STORED, data }).data).toBe('null');
    },
  );
});

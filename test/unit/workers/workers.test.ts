import { expect, test } from 'vitest';
import type { PipelineContext } from '../../../src/pipeline/pipeline-context.ts';
import { createApplyQuarantineWorker } from '../../../workers/apply-quarantine.worker.ts';
import { createResolveEventWorker } from '../../../workers/resolve-event.worker.ts';
import { createSendNoticeWorker } from '../../../workers/send-notice.worker.ts';
import { createVerifyImageWorker } from '../../../workers/verify-image.worker.ts';

/** A record that has nothing left to do for anybody, and notes who asks. */
function emptyRecord(): { context: PipelineContext; asked: unknown[] } {
  const asked: unknown[] = [];
  const ask = (what: string) => async (id: string) => {
    asked.push([what, id]);
    return null;
  };
  const records = {
    inbox: { findUnresolved: ask('event') },
    judgements: { begin: ask('subject') },
    outbox: { begin: ask('effect') },
  };
  const context = { records, registries: new Map(), quarantine: {}, clock: () => new Date(0) };
  return { context: context as unknown as PipelineContext, asked };
}

test('each worker asks the record about what its job names, and nothing more when there is nothing to do', async () => {
  const { context, asked } = emptyRecord();
  const { signal } = new AbortController();
  await createVerifyImageWorker(context)({ kind: 'judge-subject', subjectId: 'a', sequence: 1 }, signal);
  await createApplyQuarantineWorker(context)({ kind: 'apply-quarantine', effectId: 'b', attempt: 0 }, signal);
  await createSendNoticeWorker(context)({ kind: 'send-notice', effectId: 'c', attempt: 0 }, signal);
  await createResolveEventWorker(context)({ kind: 'resolve-event', eventId: 'd' }, signal);
  expect(asked).toEqual([
    ['subject', 'a'],
    ['effect', 'b'],
    ['effect', 'c'],
    ['event', 'd'],
  ]);
});

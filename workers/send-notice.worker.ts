import { sendNotice } from '../src/pipeline/act/send-notice.ts';
import type { PipelineContext } from '../src/pipeline/pipeline-context.ts';
import type { JobHandler } from '../src/ports/job-queue.ts';

/** Sends one notice to one sink. The queue has parsed the job; what follows from it is the pipeline's. */
export function createSendNoticeWorker(context: PipelineContext): JobHandler<'send-notice'> {
  return (job, signal) => sendNotice(context, job.effectId, signal);
}

import { writeMark } from '../src/pipeline/act/write-mark.ts';
import type { PipelineContext } from '../src/pipeline/pipeline-context.ts';
import type { JobHandler } from '../src/ports/job-queue.ts';

/** Puts our mark on an image, or takes it off. The queue has parsed the job; what follows from it is the pipeline's. */
export function createApplyQuarantineWorker(context: PipelineContext): JobHandler<'apply-quarantine'> {
  return (job, signal) => writeMark(context, job.effectId, signal);
}

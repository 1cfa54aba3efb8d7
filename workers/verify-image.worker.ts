import { judgeSubject } from '../src/pipeline/judge/judge-subject.ts';
import type { PipelineContext } from '../src/pipeline/pipeline-context.ts';
import type { JobHandler } from '../src/ports/job-queue.ts';

/** Judges the image a job names. The queue has parsed the job; what follows from it is the pipeline's. */
export function createVerifyImageWorker(context: PipelineContext): JobHandler<'judge-subject'> {
  return (job, signal) => judgeSubject(context, job, signal);
}

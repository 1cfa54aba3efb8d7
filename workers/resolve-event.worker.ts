import type { PipelineContext } from '../src/pipeline/pipeline-context.ts';
import { resolveEvent } from '../src/pipeline/receive/resolve-event.ts';
import type { JobHandler } from '../src/ports/job-queue.ts';

/** Finds the digest of an event that named only a tag. The queue has parsed the job; what follows from it is the pipeline's. */
export function createResolveEventWorker(context: PipelineContext): JobHandler<'resolve-event'> {
  return (job, signal) => resolveEvent(context, job.eventId, signal);
}

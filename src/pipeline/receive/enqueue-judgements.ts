import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { PipelineContext } from '../pipeline-context.ts';

/** Hands judgements that were asked for to the queue. They are on record already: should it be out, the sweeper will. */
export async function enqueueJudgements(
  context: Pick<PipelineContext, 'queue' | 'logger'>,
  judgements: readonly JudgementRef[],
): Promise<void> {
  try {
    for (const judgement of judgements) await context.queue.add({ kind: 'judge-subject', ...judgement });
  } catch (error) {
    // Who does not answer once is not asked for each of them.
    context.logger.warn({ err: error, count: judgements.length }, 'could not enqueue judgements; the sweeper will');
  }
}

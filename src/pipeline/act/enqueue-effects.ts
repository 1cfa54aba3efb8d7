import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { PipelineContext } from '../pipeline-context.ts';

/** Hands effects that are ready to the queue. They are on record already: should the queue be out, the sweeper will. */
export async function enqueueEffects(
  context: Pick<PipelineContext, 'logger'> & { readonly queue: Pick<PipelineContext['queue'], 'add'> },
  effects: readonly EffectRef[],
): Promise<void> {
  try {
    for (const { id, kind, attempts, lane } of effects) {
      const job = kind === 'notice' ? 'send-notice' : 'apply-quarantine';
      await context.queue.add({ kind: job, effectId: id, attempt: attempts, lane });
    }
  } catch (error) {
    // Who does not answer once is not asked for each of them.
    context.logger.warn({ err: error, count: effects.length }, 'could not enqueue effects; the sweeper will');
  }
}

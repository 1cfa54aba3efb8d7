import type { EffectRef } from '../ports/records.ts';
import type { PipelineContext } from './pipeline-context.ts';

/** Hands effects that are ready to the queue. They are on record already: should the queue be out, the sweeper will. */
export async function enqueueEffects(
  context: Pick<PipelineContext, 'queue' | 'logger'>,
  effects: readonly EffectRef[],
): Promise<void> {
  for (const effect of effects) {
    const kind = effect.kind === 'notice' ? 'send-notice' : 'apply-quarantine';
    await context.queue.add({ kind, effectId: effect.id, attempt: effect.attempts }).catch((error: unknown) => {
      context.logger.warn({ err: error, effectId: effect.id }, 'could not enqueue an effect; the sweeper will');
    });
  }
}

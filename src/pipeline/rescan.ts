import { enqueueEffects } from './act/enqueue-effects.ts';
import type { PipelineContext } from './pipeline-context.ts';
import { enqueueJudgements } from './receive/enqueue-judgements.ts';

/** How many rows of each kind one round takes: enough for 100 a second, small enough to stay a short query. */
const BATCH = 200;
/** An event whose tag is not resolved after this was lost between the commit and the queue, or its registry failed. */
const UNRESOLVED_AFTER_MS = 15_000;

/**
 * One round of the sweeper: everything that is on record and due goes to the queue again. This, and not the queue,
 * gives the guarantee that nothing accepted is lost: the queue's store may be wiped at any moment.
 */
export async function rescan(context: PipelineContext): Promise<void> {
  const now = context.clock();
  const registryIds = [...context.registries.keys()];
  const inForce = { policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() };
  const { subjects, outbox } = context.records;
  await enqueueJudgements(context, await subjects.findDue({ now, ...inForce, registryIds }, BATCH));
  await enqueueEffects(context, await outbox.findDue(now, BATCH));
  const before = new Date(now.getTime() - UNRESOLVED_AFTER_MS);
  for (const eventId of await subjects.findUnresolvedEvents({ before, now, registryIds }, BATCH)) {
    await context.queue.add({ kind: 'resolve-event', eventId });
  }
}

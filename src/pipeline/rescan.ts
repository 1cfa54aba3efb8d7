import type { JobKind } from '../ports/job-queue.ts';
import { rehearsing } from './act/rehearse-mark.ts';
import { enqueue, enqueueEffects, enqueueJudgements } from './enqueue.ts';
import { forgetEnded } from './forget-ended.ts';
import type { PipelineContext } from './pipeline-context.ts';

/** How many rows of each kind one round takes: enough for 100 a second, small enough to stay a short query. */
const BATCH = 200;
/**
 * How many judgements a sweep asked for are in the queue at a time: half of the slots there are for work by default, so
 * that an announced push always finds one free. Handed out only while nothing announced is left on record.
 */
const FOUND_IN_FLIGHT = 8;
/** An event whose tag is not resolved after this was lost between the commit and the queue, or its registry failed. */
const UNRESOLVED_AFTER_MS = 15_000;

/**
 * One round of the sweeper: everything that is on record and due goes to the queue again, of each kind and, within it,
 * of each repository in turn. This, and not the queue, gives the guarantee that nothing accepted is lost: the queue's
 * store may be wiped at any moment. What was judged under other policies may be left to the walk over the record. True
 * where more is on record than the queue takes now: the next round is due soon.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`: the next round finds the rest
 */
export async function rescan(
  context: PipelineContext,
  { leaveOutdated = false }: { readonly leaveOutdated?: boolean } = {},
): Promise<boolean> {
  const { due, outbox, rehearsals } = context.records;
  const { queue } = context;
  const { window } = queue;
  const now = context.clock();
  const registryIds = [...context.registries.keys()];
  // Only where the configuration has changed since.
  await rehearsals.endElsewhere(rehearsing(context), now);
  const inForce = { policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() };
  const behind = window.takeBehind();
  await forgetEnded(context);
  // What other processes left on record, they tell nobody.
  const isBehind = (kind: JobKind): boolean => behind.has(kind) || context.isShared();
  const resting = registryIds.filter((id) => context.registries.get(id)?.isResting?.() === true);
  const left = {
    isBehind: isBehind('judge-subject'),
    inFlight: window.inFlight('judge-subject'),
    resting,
    leaveOutdated,
  };
  await enqueueJudgements(context, await due.findDue({ now, ...inForce, registryIds, ...left }, BATCH));
  await enqueueEffects(context, await outbox.findDue(now, BATCH));
  const before = new Date(now.getTime() - UNRESOLVED_AFTER_MS);
  const unresolved = { before, now, registryIds, isBehind: isBehind('resolve-event') };
  // One more than there is room for tells that there are more.
  const room = Math.min(BATCH, window.room('resolve-event') + 1);
  const events = await due.findUnresolvedEvents(unresolved, room);
  const refusal = await enqueue(
    queue,
    events.map((event) => ({ kind: 'resolve-event', ...event })),
  );
  // A queue that is out ends the round: the next one asks again.
  if (refusal !== undefined) throw refusal.error;
  if (window.isBehind()) return true;
  const found = await due.findFound({ inFlight: window.inFlight('judge-subject'), resting }, FOUND_IN_FLIGHT);
  await enqueueJudgements(context, found.judgements);
  return found.isMore;
}

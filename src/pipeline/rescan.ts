import type { Job, JobKind } from '../ports/job-queue.ts';
import { rehearsing } from './act/rehearse-mark.ts';
import { enqueue, jobOfEffect, jobOfJudgement, type Refusal } from './enqueue.ts';
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

/** What a round of the sweeper is about. */
export type RescanContext = Pick<
  PipelineContext,
  'registries' | 'isShared' | 'policies' | 'trustEpoch' | 'quarantine' | 'clock'
> & {
  readonly queue: Pick<PipelineContext['queue'], 'add' | 'window'>;
  readonly records: Pick<PipelineContext['records'], 'due' | 'rehearsals'> & {
    readonly outbox: Pick<PipelineContext['records']['outbox'], 'findDue'>;
  };
};

interface RescanOptions {
  /** What was judged under other policies is left to the walk over the record. */
  readonly leaveOutdated?: boolean;
}

/**
 * One round of the sweeper: everything that is on record and due goes to the queue again, of each kind and, within it,
 * of each repository in turn. This, and not the queue, gives the guarantee that nothing accepted is lost: the queue's
 * store may be wiped at any moment. True where more is on record than this round has handed out: the next is due soon.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, `QUEUE_UNAVAILABLE`: the next round finds the rest
 */
export async function rescan(context: RescanContext, options: RescanOptions = {}): Promise<boolean> {
  const { window } = context.queue;
  const now = context.clock();
  // Only where the configuration has changed since.
  await context.records.rehearsals.endElsewhere(rehearsing(context), now);
  const behind = window.takeBehind();
  try {
    return await handOut(context, { now, behind, ...options });
  } catch (error) {
    // What this round has not come to is still there: taken for lost, it would wait for a minute.
    for (const kind of behind) window.leave(kind);
    throw error;
  }
}

async function handOut(
  context: RescanContext,
  { now, behind, leaveOutdated = false }: RescanOptions & { readonly now: Date; readonly behind: ReadonlySet<JobKind> },
): Promise<boolean> {
  const { due, outbox } = context.records;
  const { queue } = context;
  const { window } = queue;
  const registryIds = [...context.registries.keys()];
  const inForce = { policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() };
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
  let refusal: Refusal | undefined;
  /** Of a kind of which there were as many as were asked for, there may be more: all of these may find room. */
  const hand = async (jobs: readonly Job[], most: number): Promise<void> => {
    const failed = await enqueue(queue, jobs);
    refusal ??= failed;
    for (const [kind, { length }] of Map.groupBy(jobs, (job) => job.kind)) if (length >= most) window.leave(kind);
  };
  const judgements = await due.findDue({ now, ...inForce, registryIds, ...left }, BATCH);
  await hand(judgements.map(jobOfJudgement), BATCH);
  await hand((await outbox.findDue(now, BATCH)).map(jobOfEffect), BATCH);
  const before = new Date(now.getTime() - UNRESOLVED_AFTER_MS);
  const unresolved = { before, now, registryIds, isBehind: isBehind('resolve-event') };
  // One more than there is room for tells that there are more.
  const room = Math.min(BATCH, window.room('resolve-event') + 1);
  const events = await due.findUnresolvedEvents(unresolved, room);
  await hand(
    events.map((event): Job => ({ kind: 'resolve-event', ...event })),
    room,
  );
  // A queue that is out ends the round: the next one asks again.
  if (refusal !== undefined) throw refusal.error;
  if (window.isBehind()) return true;
  const found = await due.findFound({ inFlight: window.inFlight('judge-subject'), resting }, FOUND_IN_FLIGHT);
  const failed = await enqueue(queue, found.judgements.map(jobOfJudgement));
  if (failed !== undefined) throw failed.error;
  return found.isMore;
}

import type { Subject } from '../../domain/subject.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Indexes, OpenIndex } from '../../ports/indexes.ts';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { retryLookAt } from '../retry-times.ts';
import type { Judgement } from './judge-image.ts';
import { gapCheckAt, lookAgainAt, nextCheckAt, rescanAt } from './next-check.ts';

/** What has just been pushed is judged within seconds. */
const OPEN_INDEX_FIRST_MS = 5_000;
/** No more often than this in the long run: when an index gets its verdict, its images are looked at at once. */
const OPEN_INDEX_MOST_MS = 60_000;
/**
 * How long after its grace an image waits at least for an index that is being looked at. A judgement lost to a crash is
 * taken up after a minute, and given up after three: a few times that.
 */
const OPEN_INDEX_LEAST_MS = 10 * 60_000;

/** Whether a verdict stands, and when to look again: none stands for good. */
export interface VerdictTiming {
  readonly final: boolean;
  readonly nextCheckAt: Date | null;
}

/** Of what a judgement was begun with. */
interface Begun extends Pick<JudgementStart, 'graceFrom' | 'failingSince' | 'gaps'> {
  readonly subject: Subject & Pick<SubjectRecord, 'failedLooks'>;
}

/** A look that has ended. */
export interface EndedLook {
  readonly verdict: Verdict;
  readonly judgement: Pick<Extract<Judgement, { kind: 'judged' }>, 'fault' | 'hasGaps'>;
  readonly lookedAt: Date;
  readonly now: Date;
  /** How often each image is looked at again. */
  readonly rescanEveryMs: number;
}

/**
 * Decides whether a verdict is final. Before the grace is over only a pass is final: a stranger's signature, a forged
 * one, or more than can be read say nothing about the evidence that is still to come. A verdict that rests on something
 * the registry names but does not hold is final only after that was seen often enough. And an image does not fail
 * before the indexes that were announced within its grace are judged, as one of them may prove it. Indexes announced
 * later are not waited for, and none for longer than one more grace: whoever may push could list an image in ever new
 * ones.
 */
export async function timeVerdict(
  indexes: Pick<Indexes, 'findOpenIndex'>,
  start: Begun,
  { verdict, judgement, lookedAt, now, rescanEveryMs }: EndedLook,
): Promise<VerdictTiming> {
  const { outcome, code, graceMs } = verdict;
  if (outcome === 'indeterminate') {
    const retryAt = retryLookAt(now, start.subject.failedLooks, judgement.fault?.retryAfterMs);
    return { final: false, nextCheckAt: retryAt };
  }
  // Every look at what crashes us may cost the process (E5): only a person asks for another.
  if (code === 'CRASHED_REPEATEDLY') return { final: true, nextCheckAt: null };
  const { digest } = start.subject;
  if (outcome === 'pass') return { final: true, nextCheckAt: rescanAt(now, { digest, everyMs: rescanEveryMs }) };
  const next = nextCheckAt(start.graceFrom, lookedAt, graceMs) ?? nextForGap(start, judgement, lookedAt);
  if (next !== null) return { final: false, nextCheckAt: next };
  const graceEnd = new Date(start.graceFrom.getTime() + graceMs);
  const overMs = now.getTime() - graceEnd.getTime();
  const open = await indexes.findOpenIndex(start.subject, { announcedBefore: graceEnd, now });
  const leftMs = openIndexWaitMs(open, graceMs) - overMs;
  if (leftMs <= 0) {
    return {
      final: true,
      nextCheckAt: lookAgainAt(now, { failingSince: start.failingSince, digest, mostMs: rescanEveryMs }),
    };
  }
  const waitMs = Math.min(Math.max(overMs, OPEN_INDEX_FIRST_MS), OPEN_INDEX_MOST_MS, leftMs);
  return { final: false, nextCheckAt: new Date(now.getTime() + waitMs) };
}

/** An image that fails already is not looked at more often because of a gap. */
function nextForGap({ gaps, failingSince }: Begun, { hasGaps }: EndedLook['judgement'], lookedAt: Date): Date | null {
  return hasGaps === true && failingSince === null ? gapCheckAt(gaps, lookedAt) : null;
}

/** How long after its grace an image waits for what may be its index: for what cannot be told no longer than a grace. */
function openIndexWaitMs(open: OpenIndex | null, graceMs: number): number {
  if (open === null) return 0;
  return open === 'untold' ? graceMs : Math.max(graceMs, OPEN_INDEX_LEAST_MS);
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Judgement } from '../../pipeline/judge/judge-image.ts';

/** Signatures follow a push within seconds, as a rule; registries are not asked more often than this. */
const EVERY_MS = 5_000;

/** How long to look, and by which time; both are handed in so that the rule can be tried without waiting. */
export interface RetryWindow {
  /** 0: look once. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Monotonic, in ms. */
  readonly now?: () => number;
  /** Resolves when it is over, or when the signal fires. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called before a pause, once for each reason to wait: it is a line in somebody's log. */
  readonly onWait?: (judgement: Judgement) => void;
}

/**
 * Judges, and while the image does not pass or the registry does not answer, judges again until the time is over. The last
 * look is made when it is, so that a signature of the last moment counts.
 */
export async function lookAgain(judge: () => Promise<Judgement>, window: RetryWindow): Promise<Judgement> {
  const { waitMs, signal, now = () => performance.now(), pause = pauseFor, onWait } = window;
  const end = now() + waitMs;
  let told: string | undefined;
  for (;;) {
    const judgement = await judge();
    const leftMs = end - now();
    if (!mayChange(judgement) || leftMs <= 0 || signal.aborted) return judgement;
    const why = reasonOf(judgement);
    if (why !== told) onWait?.(judgement);
    told = why;
    await pause(Math.min(EVERY_MS, leftMs), signal);
    if (signal.aborted) return judgement;
  }
}

function mayChange(judgement: Judgement): boolean {
  // An image that is not there yet may still be on its way, like its signature.
  if (judgement.kind !== 'judged') return judgement.kind === 'gone';
  const { outcome, code } = judgement.verdict;
  if (outcome === 'indeterminate') return judgement.fault?.retryable === true;
  // No evidence that may still come would change these.
  return outcome !== 'pass' && code !== 'NO_POLICY' && code !== 'DENIED_BY_POLICY';
}

function reasonOf(judgement: Judgement): string {
  return judgement.kind === 'judged' ? judgement.verdict.reason : judgement.kind;
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

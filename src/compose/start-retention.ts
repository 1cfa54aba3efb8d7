import type { Logger } from 'pino';
import { wait } from '../kit/io/wait.ts';
import type { Clock } from '../ports/clock.ts';
import type { Concerns } from '../ports/concerns.ts';
import { KEPT_KINDS, type RecordKeeping } from '../ports/record-keeping.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface RetentionDeps {
  readonly keeping: RecordKeeping;
  /** How long is kept what may be dropped. */
  readonly keepMs: number;
  /** Of several processes one drops; and not before servers have confirmed the clock: one ahead would drop everything. */
  readonly mayDrop: () => boolean;
  readonly concerns: Concerns;
  readonly metrics: Pick<Metrics, 'dropped' | 'retentionBehind'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings?: Partial<typeof TIMINGS>;
}

/** Some milliseconds of work for the database, with few rows locked at a time. */
const BATCH = 1_000;
const TIMINGS = {
  /** After a pass, or a fault. */
  betweenMs: 3_600_000,
  /** After a batch, at least; and four times what it took, so that events and verdicts have most of the database. */
  restMs: 100,
  /** Passes begin hourly: a day without the end of one means that more comes than can be dropped. */
  behindMs: 24 * 3_600_000,
  /** How soon a process that may not drop looks whether it leads by now, or its clock is confirmed. */
  soonMs: 60_000,
};
const REST = 4;

/**
 * Drops what is old, in the background and a little at a time: once an hour all that has become so. Where two
 * processes do so all the same, one waits for the page of the other.
 */
export function startRetention(deps: RetentionDeps): { stop(): Promise<void> } {
  const { keeping, keepMs, mayDrop, concerns, metrics, clock, logger } = deps;
  const { betweenMs, restMs, behindMs, soonMs } = { ...TIMINGS, ...deps.timings };
  const end = new AbortController();
  let wholeAt = performance.now();

  /** Says whether it came through: it ends early where this process leads no longer. */
  async function pass(): Promise<boolean> {
    const now = clock();
    const before = new Date(now.getTime() - keepMs);
    for (const kind of KEPT_KINDS) {
      for (let after: number | null = 0; after !== null; ) {
        // Another process may lead by now: it goes through all from the beginning, and finds what is left.
        if (!mayDrop()) return false;
        const from = performance.now();
        const { count, next } = await keeping.dropOld(kind, { now, before, after, most: BATCH });
        metrics.dropped(kind, count);
        tellAge();
        after = next;
        await wait(Math.max(restMs, REST * (performance.now() - from)), end.signal);
      }
    }
    wholeAt = performance.now();
    tellAge();
    return true;
  }

  function tellAge(): void {
    const ageMs = performance.now() - wholeAt;
    metrics.retentionBehind(ageMs / 1_000);
    if (ageMs < behindMs) return;
    const problem = `for ${Math.floor(ageMs / 3_600_000)} hours it was not possible to drop all that is older than record.keep`;
    concerns.raise({ id: 'record', kind: 'overgrown', problem });
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      let isSoon = false;
      try {
        isSoon = !mayDrop() || !(await pass());
        if (isSoon) wholeAt = performance.now();
      } catch (error) {
        if (end.signal.aborted) return;
        logger.warn({ err: error }, 'what is old could not be dropped from the record');
        tellAge();
      }
      await wait(isSoon ? Math.min(betweenMs, soonMs) : betweenMs, end.signal);
    }
  }

  const running = run().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  return {
    async stop() {
      end.abort(new DOMException('stopped', 'AbortError'));
      await running;
    },
  };
}

import type { PipelineContext } from '../pipeline/pipeline-context.ts';
import { rescan } from '../pipeline/rescan.ts';
import type { RunningWalk } from './start-policy-walk.ts';

/** The sweeper, running. */
export interface Sweeper {
  /** Starts no further round and waits for the one under way, until the signal fires. */
  stop(giveUp: AbortSignal): Promise<void>;
}

/** While work is left on record: more often than what is in the queue is done, and never most of the time. */
const BEHIND_MS = 250;
const REST = 4;

/**
 * Starts the sweeper: one round now, and the next always `everyMs` after the one before has ended, or soon while more is
 * on record than the queue takes. A round that fails
 * is logged; what it would have found is found by the next.
 */
export function startSweeper(
  context: PipelineContext,
  everyMs: number,
  walk: Pick<RunningWalk, 'isUnderWay'>,
): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function round(): Promise<void> {
    const from = performance.now();
    let isBehind = false;
    try {
      isBehind = await rescan(context, { leaveOutdated: walk.isUnderWay() });
    } catch (error) {
      context.logger.warn({ err: error }, 'the sweeper could not finish its round');
    }
    if (!stopped) {
      const soonMs = Math.max(BEHIND_MS, REST * (performance.now() - from));
      timer = setTimeout(
        () => {
          running = round();
        },
        isBehind ? Math.min(soonMs, everyMs) : everyMs,
      );
    }
  }

  let running = round();
  return {
    async stop(giveUp) {
      stopped = true;
      clearTimeout(timer);
      const gaveUp = new Promise<void>((done) => giveUp.addEventListener('abort', () => done(), { once: true }));
      if (!giveUp.aborted) await Promise.race([running, gaveUp]);
    },
  };
}

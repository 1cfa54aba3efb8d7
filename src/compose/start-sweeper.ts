import { forgetEnded } from '../pipeline/forget-ended.ts';
import type { PipelineContext } from '../pipeline/pipeline-context.ts';
import { rescan } from '../pipeline/rescan.ts';
import type { RunningWalk } from './start-policy-walk.ts';

/** The sweeper, running. */
export interface Sweeper {
  /** Starts no further round and waits for the one under way, until the signal fires. */
  stop(giveUp: AbortSignal): Promise<void>;
}

export interface SweeperOptions {
  readonly everyMs: number;
  readonly walk: Pick<RunningWalk, 'isUnderWay'>;
  /** Whether this process sweeps for all. */
  readonly leads: () => boolean;
}

/** While work is left on record: more often than what is in the queue is done, and never most of the time. */
const BEHIND_MS = 250;
const REST = 4;

/** How often a process that does not lead sees whether it does by now. */
const LOOK_MS = 1_000;

/**
 * Starts the sweeper: one round now, and the next always `everyMs` after the one before has ended, or soon while more is
 * on record than the queue takes. A round that fails is logged; what it would have found is found by the next. A process
 * that does not lead makes no rounds, and only sees which of its jobs have ended elsewhere.
 */
export function startSweeper(context: PipelineContext, { everyMs, walk, leads }: SweeperOptions): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function round(): Promise<void> {
    const from = performance.now();
    const isLeader = leads();
    let isBehind = false;
    try {
      if (isLeader) isBehind = await rescan(context, { leaveOutdated: walk.isUnderWay() });
      else await forgetEnded(context);
    } catch (error) {
      context.logger.warn({ err: error }, 'the sweeper could not finish its round');
    }
    if (!stopped) {
      const soonMs = Math.max(BEHIND_MS, REST * (performance.now() - from));
      timer = setTimeout(
        () => {
          running = round();
        },
        isBehind ? Math.min(soonMs, everyMs) : isLeader ? everyMs : Math.min(LOOK_MS, everyMs),
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

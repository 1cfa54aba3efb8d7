import { forgetEnded } from '../pipeline/forget-ended.ts';
import type { PipelineContext } from '../pipeline/pipeline-context.ts';
import { type RescanContext, rescan } from '../pipeline/rescan.ts';
import type { RunningWalk } from './start-policy-walk.ts';
import { type Pause, pauseAfter } from './sweeper-pace.ts';

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

/**
 * Starts the sweeper: one round now, and the next always `everyMs` after the one before has ended; soon while more is on
 * record than that one has handed out, and as soon as may be when there is room for it. A round that fails is logged;
 * what it would have found is found by the next. A process that does not lead makes no rounds, and only sees which of its
 * jobs have ended elsewhere.
 */
export function startSweeper(
  context: RescanContext & Pick<PipelineContext, 'logger'>,
  { everyMs, walk, leads }: SweeperOptions,
): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Since the round under way began, or else the last. */
  let isRoom = false;
  /** When the last round ended, and how long the next may wait for it; none while one is under way. */
  let resting: { readonly since: number; readonly pause: Pause } | undefined;

  async function round(): Promise<void> {
    const from = performance.now();
    resting = undefined;
    isRoom = false;
    const isLeader = leads();
    let isMore = false;
    let isDone = false;
    try {
      if (isLeader) isMore = await rescan(context, { leaveOutdated: walk.isUnderWay() });
      else await forgetEnded(context);
      isDone = true;
    } catch (error) {
      context.logger.warn({ err: error }, 'the sweeper could not finish its round');
    }
    const since = performance.now();
    resting = { since, pause: pauseAfter({ isLeader, isDone, isMore, tookMs: since - from }, everyMs) };
    schedule();
  }
  function schedule(): void {
    if (stopped || resting === undefined) return;
    const { since, pause } = resting;
    clearTimeout(timer);
    const dueAt = since + (isRoom ? pause.whereRoomMs : pause.ms);
    timer = setTimeout(
      () => {
        running = round();
      },
      Math.max(0, dueAt - performance.now()),
    );
  }

  let running = round();
  context.queue.window.onRoom(() => {
    if (isRoom) return;
    isRoom = true;
    schedule();
  });
  return {
    async stop(giveUp) {
      stopped = true;
      clearTimeout(timer);
      const gaveUp = new Promise<void>((done) => giveUp.addEventListener('abort', () => done(), { once: true }));
      if (!giveUp.aborted) await Promise.race([running, gaveUp]);
    },
  };
}

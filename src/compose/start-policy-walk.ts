import type { Logger } from 'pino';
import { wait } from '../kit/io/wait.ts';
import type { PolicyWalk } from '../pipeline/judge/policy-walk.ts';

/** The walk, running whenever policies have changed. */
export interface RunningWalk {
  /** Whether what is outdated is left to it. */
  isUnderWay(): boolean;
  stop(): Promise<void>;
}

/** How often it is seen that policies have changed. */
const LOOK_MS = 500;
/** After a page that could not be taken. */
const PAUSE_MS = 5_000;

/**
 * Starts it, for as long as this process leads; a page that fails is taken again, and meanwhile the sweeper need not wait
 * for it.
 */
export function startPolicyWalk(walk: PolicyWalk, logger: Logger, leads: () => boolean): RunningWalk {
  const end = new AbortController();
  let isFailing = false;

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      if (!leads() || !walk.isUnderWay()) {
        await wait(LOOK_MS, end.signal);
        continue;
      }
      try {
        await walk.step(end.signal);
        isFailing = false;
      } catch (error) {
        if (!isFailing) logger.warn({ err: error }, 'what is on record could not be judged by the new policies');
        isFailing = true;
        await wait(PAUSE_MS, end.signal);
      }
    }
  }

  const running = run().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  return {
    isUnderWay: () => !isFailing && walk.isUnderWay(),
    async stop() {
      end.abort(new DOMException('stopped', 'AbortError'));
      await running;
    },
  };
}

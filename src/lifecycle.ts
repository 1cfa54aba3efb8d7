import type { Logger } from 'pino';

/** One part of the daemon that runs and has to be stopped. */
export interface Part {
  readonly name: string;
  /** Ends in order: finishes what is under way, or gives it up when the signal fires. */
  stop(giveUp: AbortSignal): Promise<void>;
  /** Ends at once, without waiting: called when a second signal arrives. */
  force?(): void;
}

/** What the start of the daemon is given. */
export interface Startup {
  /** Takes over a part that has been started; whatever happens from here on, it will be stopped. */
  own(part: Part): void;
  /** Ends the daemon because a part it cannot do without was lost; the error becomes the process's. */
  fail(error: Error): void;
}

/** Time to finish what is under way after the first signal: under the 30 s that container platforms grant. */
const STOP_DEADLINE_MS = 20_000;
/** What all parts together get to give up in after that: jobs wind up in 3 s, their store lets go in another 3 s. */
const GIVE_UP_MS = 7_000;
/** What each part gets however late it is: the database comes last, and must not be left running. */
const LEAST_MS = 1_000;

/** A signal came while the daemon was still starting: no error, only the end of the start. */
class StartInterrupted extends Error {}

/**
 * Runs `start`, then waits for SIGTERM or SIGINT and stops all parts, the last started first. Resolves with the exit
 * code: 0 after a clean stop.
 * @throws the error of a start that failed or of a part that was lost, once everything that ran is stopped
 */
export async function runLifecycle(
  start: (startup: Startup) => Promise<void>,
  logger: Logger,
  onReady: () => void,
): Promise<number> {
  const parts: Part[] = [];
  const end = awaitEnd(logger, () => force(parts));
  try {
    await start({
      own(part) {
        parts.push(part);
        if (end.seen()) throw new StartInterrupted();
      },
      fail: end.fail,
    });
    if (!end.seen()) onReady();
    await end.promise;
  } catch (error) {
    if (error instanceof StartInterrupted) return await stopAll(parts, logger);
    await stopAll(parts, logger);
    throw error;
  } finally {
    // After a signal the second one must still be heard, until everything has stopped.
    if (!end.seen()) end.dispose();
  }
  return await stopAll(parts, logger);
}

async function stopAll(parts: readonly Part[], logger: Logger): Promise<number> {
  const giveUp = AbortSignal.timeout(STOP_DEADLINE_MS);
  const latest = performance.now() + STOP_DEADLINE_MS + GIVE_UP_MS;
  let exitCode = 0;
  for (const part of parts.toReversed()) {
    try {
      await within(Math.max(latest - performance.now(), LEAST_MS), part.stop(giveUp));
    } catch (error) {
      // The others must be stopped all the same; a database above all.
      exitCode = 1;
      logger.error({ err: error, part: part.name }, 'could not stop cleanly');
    }
  }
  logger.info('stopped');
  return exitCode;
}

/** One part that hangs must not keep the others from being stopped. */
async function within(ms: number, stopping: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('it did not stop in time and is left behind')), ms);
  try {
    await Promise.race([stopping, late]);
  } finally {
    clearTimeout(timer);
    stopping.catch(() => undefined);
  }
}

function force(parts: readonly Part[]): never {
  for (const part of parts.toReversed()) part.force?.();
  process.exit(1);
}

interface End {
  /** Resolves with the first signal, rejects when a part was lost. */
  readonly promise: Promise<void>;
  readonly seen: () => boolean;
  readonly fail: (error: Error) => void;
  readonly dispose: () => void;
}

function awaitEnd(logger: Logger, onSecond: () => never): End {
  let seen = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Awaited once the start is through; a part lost before that must not count as unhandled.
  promise.catch(() => undefined);
  const listen = (signal: NodeJS.Signals): void => {
    if (seen) {
      logger.warn({ signal }, 'second signal: stopping at once');
      onSecond();
    }
    seen = true;
    logger.info({ signal }, 'stopping: finishing what is under way (send the signal again to stop at once)');
    resolve();
  };
  process.on('SIGTERM', listen);
  process.on('SIGINT', listen);
  const dispose = (): void => {
    process.off('SIGTERM', listen);
    process.off('SIGINT', listen);
  };
  return { promise, seen: () => seen, fail: reject, dispose };
}

import type { Logger } from 'pino';

/** One part of the daemon that is started and stopped. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** Ends in order: finishes what is under way, or gives it up when the signal fires. */
  stop(giveUp: AbortSignal): Promise<void>;
  /** Ends at once, without waiting: called when a second signal arrives. */
  force?(): void;
}

/** Time to finish what is under way after the first signal: under the 30 s that container platforms grant. */
const STOP_DEADLINE_MS = 20_000;

/**
 * Starts the parts in order, waits for SIGTERM or SIGINT, stops them in reverse order. Resolves with the exit code: 0
 * after a clean stop. A part that fails to start stops those before it, and its error is thrown.
 */
export async function runLifecycle(parts: readonly Part[], logger: Logger, onReady: () => void): Promise<number> {
  const started: Part[] = [];
  const signalled = awaitSignal(logger, () => force(started));
  try {
    for (const part of parts) {
      // A signal during the start ends it between two parts.
      if (signalled.seen()) return await stopAll(started, logger);
      started.push(part);
      await part.start();
    }
    if (!signalled.seen()) onReady();
    await signalled.promise;
  } catch (error) {
    await stopAll(started, logger);
    throw error;
  } finally {
    if (!signalled.seen()) signalled.dispose();
  }
  return await stopAll(started, logger);
}

async function stopAll(started: readonly Part[], logger: Logger): Promise<number> {
  const giveUp = AbortSignal.timeout(STOP_DEADLINE_MS);
  let exitCode = 0;
  for (const part of started.toReversed()) {
    try {
      await part.stop(giveUp);
    } catch (error) {
      // The others must be stopped all the same; a database above all.
      exitCode = 1;
      logger.error({ err: error, part: part.name }, 'could not stop cleanly');
    }
  }
  logger.info('stopped');
  return exitCode;
}

function force(started: readonly Part[]): never {
  for (const part of started.toReversed()) part.force?.();
  process.exit(1);
}

function awaitSignal(
  logger: Logger,
  onSecond: () => never,
): { promise: Promise<void>; seen: () => boolean; dispose: () => void } {
  let seen = false;
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
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
  return { promise, seen: () => seen, dispose };
}

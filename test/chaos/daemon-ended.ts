import type { ChaosWorld } from './chaos-world.ts';

/** A daemon that nobody told to end has ended. */
export class DaemonEnded extends Error {
  override readonly name = 'DaemonEnded';
  /** All it ever printed. */
  readonly output: string;

  constructor(code: number | null, output: string) {
    const how = code === null ? 'by a signal' : `with exit code ${code}`;
    super(`the daemon has ended by itself, ${how}; its last words: ${output.slice(-2000)}`);
    this.output = output;
  }
}

/** A fault of others is to be outlived: a daemon found dead is a broken promise, and is started again. */
export async function startAgain(world: ChaosWorld): Promise<void> {
  world.history.add('the daemon has ended by itself', { detail: world.daemon().output().slice(-2000) });
  await world.start();
}

/** There is nothing left to be measured. @throws {DaemonEnded} always */
export async function giveUp(world: ChaosWorld): Promise<never> {
  throw new DaemonEnded(await world.daemon().end('SIGTERM'), world.daemon().output());
}

import type { ChaosProcess } from './chaos-process.ts';
import type { History } from './history.ts';

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

/** A fault of others is to be outlived: a process found dead is a broken promise, and is started again. */
export async function startAgain(dead: ChaosProcess, history: History): Promise<void> {
  const detail = `${dead.name}: ${dead.daemon().output().slice(-2000)}`;
  history.add('the daemon has ended by itself', { detail });
  await dead.start();
}

/** There is nothing left to be measured. @throws {DaemonEnded} always */
export async function giveUp({ daemon }: ChaosProcess): Promise<never> {
  throw new DaemonEnded(await daemon().end('SIGTERM'), daemon().output());
}

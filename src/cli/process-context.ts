import { InvalidInputError } from '../kit/errors.ts';
import type { CliContext } from './cli-context.ts';
import { readStream } from './read-stream.ts';
import { createTerminal } from './terminal.ts';

/** The context of this process: its streams, its environment, its signals. */
export function createProcessContext(): Omit<CliContext, 'exitWith'> {
  // `lazaret … | head` closes the pipe early: the rest is not wanted, and the exit code must still say the result.
  const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
  };
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  return {
    terminal: createTerminal({ stdout: process.stdout, stderr: process.stderr, env: process.env }),
    env: process.env,
    readStdin: (maxBytes) => readStream(process.stdin, maxBytes),
    interrupt: listenForInterrupt,
    ...(process.stdin.isTTY && process.stdout.isTTY && { ask: askPerson }),
  };
}

async function askPerson(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    // Ctrl-C, or the end of the input.
    const message = 'the question was not answered: nothing was written';
    throw new InvalidInputError('USAGE_INVALID', message, [{ where: 'the dialogue', message }]);
  } finally {
    lines.close();
  }
}

function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  const listen = (signal: NodeJS.Signals): void => {
    // The second signal is deliberate, so Node's default action ends the process.
    process.off('SIGINT', listen);
    process.off('SIGTERM', listen);
    controller.abort(new Error(`interrupted by ${signal}`));
  };
  process.on('SIGINT', listen);
  process.on('SIGTERM', listen);
  return controller.signal;
}

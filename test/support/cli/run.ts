import { runCli } from '../../../src/cli/run-cli.ts';
import { createStyle, type Terminal } from '../../../src/cli/terminal.ts';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly width?: number;
  /** Answers each question; absent: nobody sits there. */
  readonly answer?: (question: string) => string;
}

/** Runs one command line in this process, as `lazaret` would, and returns what it printed and its exit code. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    terminal: captureTerminal(out, err, options.width),
    env: options.env ?? {},
    ...(options.answer && { ask: async (question: string) => options.answer?.(question) ?? '' }),
    readStdin: async () => Buffer.from(options.stdin ?? ''),
    interrupt: () => options.signal ?? new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

function captureTerminal(out: string[], err: string[], width = 100): Terminal {
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    width,
    style: createStyle(false),
    isTerminal: false,
  };
}

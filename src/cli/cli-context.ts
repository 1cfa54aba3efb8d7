import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given: the world outside the process, and a place for its exit code. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input, at most `maxBytes` of it. @throws {InvalidInputError} `EVENT_TOO_LARGE` */
  readStdin(maxBytes: number): Promise<Uint8Array>;
  /** Asks who sits there one question. Absent where nobody does: input or output is a file or a pipe. */
  readonly ask?: (question: string) => Promise<string>;
  /** A signal that is aborted by Ctrl-C or SIGTERM; from the first call on, neither ends the process by itself. */
  interrupt(): AbortSignal;
  exitWith(code: ExitCode): void;
}

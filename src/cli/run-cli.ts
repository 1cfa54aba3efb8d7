import { CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { createProgram } from './create-program.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printError } from './print-error.ts';

/** Runs one command line (without `node` and the script) and returns its exit code; it never throws. */
export async function runCli(args: readonly string[], context: Omit<CliContext, 'exitWith'>): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const exitWith = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    await createProgram({ ...context, exitWith }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has said what is wrong by itself; help and version that were asked for are no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return printError(error, context.terminal);
  }
}

import type { InvalidInputError } from '../kit/errors.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT } from './exit-code.ts';
import { plainJson } from './plain-text.ts';
import { printError } from './print-error.ts';
import type { OutputFormat } from './shared-options.ts';

/** Says what a check found wrong: as the result on stdout for programs, as an error for people. Exit code 2. */
export function printFaults(error: InvalidInputError, output: OutputFormat, context: CliContext): void {
  context.exitWith(EXIT.usage);
  if (output === 'text') {
    printError(error, context.terminal);
    return;
  }
  const issues = error.issues.map(({ where, message, hint = null }) => ({ where, message, hint }));
  context.terminal.out(plainJson({ ok: false, code: error.code, message: error.message, issues }, 2));
}

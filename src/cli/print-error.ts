import { FaultError, type InputIssue, InvalidInputError } from '../kit/errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { plainText } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Says on stderr what went wrong and what to do, and returns the exit code that goes with it: bad input names every
 * issue with its place, a fault of the world its hint, anything else is a defect and asks to be reported.
 */
export function printError(error: unknown, terminal: Pick<Terminal, 'err'>): ExitCode {
  if (error instanceof InvalidInputError) return printInvalidInput(error, terminal);
  if (error instanceof FaultError) return printFault(error, terminal);
  return printDefect(error, terminal);
}

function printInvalidInput(error: InvalidInputError, terminal: Pick<Terminal, 'err'>): ExitCode {
  terminal.err(`error: ${plainText(error.message)} (${error.code})`);
  for (const issue of error.issues) {
    // An error with one issue often says just that, with its place; twice reads like two faults.
    const isSaid = error.message.includes(issue.where) && error.message.includes(issue.message);
    if (isSaid) printHint(issue.hint, terminal);
    else printIssue(issue, terminal);
  }
  return EXIT.usage;
}

/** One thing wrong: `where: message`, and below it what to do. */
export function printIssue(issue: InputIssue, terminal: Pick<Terminal, 'err'>): void {
  terminal.err(`  ${plainText(issue.where)}: ${plainText(issue.message)}`);
  printHint(issue.hint, terminal);
}

function printHint(hint: string | undefined, terminal: Pick<Terminal, 'err'>): void {
  if (hint !== undefined && hint !== '') terminal.err(`    ${plainText(hint)}`);
}

function printFault(error: FaultError, terminal: Pick<Terminal, 'err'>): ExitCode {
  const { remoteCode } = error;
  const remote = remoteCode === undefined || error.message.includes(remoteCode) ? '' : `, ${plainText(remoteCode)}`;
  terminal.err(`error: ${plainText(error.message)} (${error.code}${remote})`);
  if (error.hint !== undefined) terminal.err(`  ${plainText(error.hint)}`);
  else if (error.retryable) terminal.err('  Trying again later may help.');
  return EXIT.couldNotTell;
}

function printDefect(error: unknown, terminal: Pick<Terminal, 'err'>): ExitCode {
  terminal.err(`error: Lazaret itself failed: ${plainText(error instanceof Error ? error.message : String(error))}`);
  // A stack holds file names and line numbers of ours, never the values at hand; its first lines repeat the message.
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  for (const frame of frames) terminal.err(`  ${plainText(frame)}`);
  terminal.err('  This is a defect: please report it with the lines above and the output of `lazaret --version`.');
  return EXIT.defect;
}

import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { orAbort } from '../../kit/io/or-abort.ts';
import { isTimeout } from '../../kit/is-timeout.ts';

/** What a check came to. `warn`: it works, but somebody should look. */
export interface CheckResult {
  readonly status: 'ok' | 'warn' | 'fail';
  /** One sentence: what was seen. */
  readonly message: string;
  /** What to do; absent when all is well. */
  readonly advice?: string;
}

/** One thing `doctor` looks at. */
export interface Check {
  /** What is looked at, such as `registry prod`. */
  readonly name: string;
  /** Looks. Whatever it throws is a failure: a fault of the world with its own advice, or a defect. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

/** A check with its result. */
export interface CheckReport extends CheckResult {
  readonly name: string;
}

/** What a registry lacks that quarantine needs. */
export const NO_WRITER = 'there are no write credentials, so nothing can be quarantined';

export function ok(message: string): CheckResult {
  return { status: 'ok', message };
}

export function warn(message: string, advice: string): CheckResult {
  return { status: 'warn', message, advice };
}

export function fail(message: string, advice: string): CheckResult {
  return { status: 'fail', message, advice };
}

/** Runs one check; it never throws, and ends when the signal fires. */
export async function runCheck(check: Check, signal: AbortSignal): Promise<CheckReport> {
  try {
    // A library that does not know signals must not hold up the others.
    return { name: check.name, ...(await orAbort(check.run(signal), signal)) };
  } catch (error) {
    return { name: check.name, ...(signal.aborted ? whyAborted(signal) : explain(error)) };
  }
}

function whyAborted(signal: AbortSignal): CheckResult {
  const timedOut = isTimeout(signal.reason);
  return timedOut
    ? fail('it did not answer in time', 'Check that its address is right and that a firewall lets Lazaret through.')
    : fail('the check was interrupted', 'Run it again.');
}

function explain(error: unknown): CheckResult {
  if (error instanceof FaultError) {
    const { remoteCode } = error;
    const remote = remoteCode === undefined || error.message.includes(remoteCode) ? '' : ` (${remoteCode})`;
    const advice = error.hint ?? (error.retryable ? 'Try again later.' : `See ${error.code} in docs/operations.md.`);
    return fail(`${error.message}${remote}`, advice);
  }
  if (error instanceof InvalidInputError) {
    const hints = error.issues.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
    return fail(error.message, hints.join(' ') || `See ${error.code} in docs/operations.md.`);
  }
  const message = error instanceof Error ? error.message : String(error);
  return fail(`the check itself failed: ${message}`, 'Please report this.');
}

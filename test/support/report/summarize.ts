import { stripVTControlCharacters } from 'node:util';
import type { SuiteError } from './suite-errors.ts';

/** What is read of one JSON report of vitest (its jest-compatible format). */
export interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    /** ms since 1970. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[] | null;
      /** ms; absent where it did not run. */
      readonly duration?: number | null;
    }[];
  }[];
}

/** One run of vitest, or of a check that counts as one thing. */
export interface RunResult {
  /** `tests`, `tests with Docker`, `lint`. */
  readonly name: string;
  readonly exitCode: number;
  /** Undefined for a check, and for a run that died before it could write one. */
  readonly report?: VitestReport | undefined;
  readonly suiteErrors?: readonly SuiteError[] | undefined;
  /** Why a check could not be made; it counts as skipped. */
  readonly skipped?: string;
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each failure, with the run it happened in. */
  readonly failures: readonly string[];
  /** A line for each reason, with the number of tests it kept from running. */
  readonly skips: readonly string[];
}

/** Adds up real results; whatever ended badly without saying so counts as one failure. Pure. */
export function summarize(runs: readonly RunResult[]): Summary {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const reasons = new Map<string, number>();
  for (const run of runs) {
    const before = failures.length;
    for (const file of run.report?.testResults ?? []) {
      for (const test of file.assertionResults) {
        const kind = kindOf(test.status);
        counts[kind] += 1;
        if (kind === 'failed') failures.push(withReason(`${run.name}: ${test.fullName}`, test.failureMessages?.[0]));
        if (kind === 'skipped') {
          const reason = `${run.name}: ${reasonOf(test.fullName)}`;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      const hooks = run.suiteErrors?.filter((error) => error.file === file.name) ?? [];
      const hasFailed = file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed');
      const beside = hooks.length === 0 && hasFailed ? [{ suite: 'the file', message: file.message }] : hooks;
      for (const { suite, message } of beside) {
        counts.failed += 1;
        failures.push(withReason(`${run.name}: ${file.name}: ${suite}`, message));
      }
    }
    if (run.skipped !== undefined) {
      counts.skipped += 1;
      reasons.set(`${run.name}: ${run.skipped}`, 1);
    }
    const silent = failures.length === before && (run.exitCode !== 0 || run.report?.success === false);
    if (silent) {
      counts.failed += 1;
      failures.push(`${run.name}: ended with code ${run.exitCode} (its output is above)`);
    }
  }
  const skips = [...reasons].map(([reason, count]) => `${reason} (${count} ${count === 1 ? 'test' : 'tests'})`);
  return { ...counts, failures, skips };
}

/** `N passed, N failed`, and `, N skipped` when some were. */
export function summaryLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** As many lines of a reason as show what was expected, or the end of what a process printed. */
const REASON_LINES = 12;

function withReason(what: string, reason: string | undefined): string {
  const said = stripVTControlCharacters(reason ?? '').split('\n');
  // Where it was thrown stands in the output above.
  const lines = said.filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const shown = lines.length > REASON_LINES ? [...lines.slice(0, 4), '…', ...lines.slice(4 - REASON_LINES)] : lines;
  return [what, ...shown.map((line) => `           ${line}`)].join('\n');
}

function kindOf(status: string): 'passed' | 'failed' | 'skipped' {
  if (status === 'passed') return 'passed';
  return status === 'failed' ? 'failed' : 'skipped';
}

/** The missing part, where the name holds one (see `describeWithPart`), else the test itself. */
function reasonOf(fullName: string): string {
  return /\[(not here: .*?)\]/.exec(fullName)?.[1] ?? fullName;
}

import { describe, expect, it } from 'vitest';
import { type RunResult, summarize, summaryLine } from '../../support/report/summarize.ts';

const TIMES = { startTime: 0, endTime: 1 };

function runWith(statuses: readonly string[], more: Partial<RunResult> = {}): RunResult {
  const assertionResults = statuses.map((status, index) => ({ status, fullName: `test ${index}` }));
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return {
    name: 'tests',
    exitCode: status === 'failed' ? 1 : 0,
    report: { success: status === 'passed', testResults: [{ ...TIMES, name: 'a.test.ts', status, assertionResults }] },
    ...more,
  };
}

describe('the summary of a test run', () => {
  it('adds up runs and names the failing tests', () => {
    const summary = summarize([runWith(['passed', 'failed']), runWith(['passed', 'pending', 'todo'])]);
    expect(summaryLine(summary)).toBe('2 passed, 1 failed, 2 skipped');
    expect(summary.failures).toEqual(['tests: test 1']);
  });

  it('leaves skipped tests out of the line when there are none', () => {
    expect(summaryLine(summarize([runWith(['passed'])]))).toBe('1 passed, 0 failed');
  });

  it('counts a run that died without a report as a failure', () => {
    expect(summarize([{ name: 'tests', exitCode: 1, report: undefined }]).failed).toBe(1);
  });

  it('counts an error outside of all tests as a failure', () => {
    expect(summarize([runWith(['passed'], { exitCode: 1 })])).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const file = {
      ...TIMES,
      name: 'b.test.ts',
      status: 'failed',
      message: 'SyntaxError: no\nat',
      assertionResults: [],
    };
    const summary = summarize([{ name: 'tests', exitCode: 1, report: { success: false, testResults: [file] } }]);
    expect(summary).toMatchObject({
      failed: 1,
      failures: ['tests: b.test.ts: the file\n           SyntaxError: no\n           at'],
    });
  });

  it('says why what was to run before all tests of a file failed', () => {
    const skipped = { status: 'skipped', fullName: 'suite works' };
    const file = { ...TIMES, name: 'd.test.ts', status: 'failed', message: '', assertionResults: [skipped] };
    const suiteErrors = [{ file: 'd.test.ts', suite: 'suite', message: 'lazaret ended with code 1:\nno port' }];
    const report = { success: false, testResults: [file] };
    const { failed, failures } = summarize([{ name: 'tests', exitCode: 1, report, suiteErrors }]);
    expect({ failed, failures }).toEqual({
      failed: 1,
      failures: ['tests: d.test.ts: suite\n           lazaret ended with code 1:\n           no port'],
    });
  });

  it('shows the beginning and the end of a long reason', () => {
    const failureMessages = [Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n')];
    const test = { status: 'failed', fullName: 'works', failureMessages };
    const file = { ...TIMES, name: 'e.test.ts', status: 'failed', assertionResults: [test] };
    const [failure = ''] = summarize([
      { name: 'tests', exitCode: 1, report: { success: false, testResults: [file] } },
    ]).failures;
    const lines = failure.split('\n').map((line) => line.trim());
    expect(lines.slice(0, 2)).toEqual(['tests: works', 'line 0']);
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toBe('line 39');
  });

  it('lists each missing part once, with the tests it cost', () => {
    const skipped = { status: 'pending', fullName: 'sources [not here: kafka: no Java] consumes' };
    const file = { ...TIMES, name: 'c.test.ts', status: 'passed', assertionResults: [skipped, skipped] };
    const summary = summarize([{ name: 'tests', exitCode: 0, report: { success: true, testResults: [file] } }]);
    expect(summary.skips).toEqual(['tests: not here: kafka: no Java (2 tests)']);
  });

  it('counts a check that could not be made as skipped, with the reason', () => {
    const summary = summarize([runWith(['passed']), { name: 'signatures', exitCode: 0, skipped: 'nobody answers' }]);
    expect(summaryLine(summary)).toBe('1 passed, 0 failed, 1 skipped');
    expect(summary.skips).toEqual(['signatures: nobody answers (1 test)']);
  });
});

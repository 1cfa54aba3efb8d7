import { describe, expect, it } from 'vitest';
import { tellTimes } from '../../support/report/tell-times.ts';

const file = (name: string, seconds: number, durations: readonly number[]) => ({
  name: `/somewhere/test/${name}`,
  status: 'passed',
  startTime: 1_000,
  endTime: 1_000 + seconds * 1_000,
  assertionResults: durations.map((duration) => ({ status: 'passed', fullName: `takes ${duration} ms`, duration })),
});

describe('where the time of a test run went', () => {
  it('tells the seconds of each kind of test, and the ten slowest tests, the slowest first', () => {
    const many = Array.from({ length: 12 }, (_, index) => 100 * (index + 1));
    const testResults = [
      file('unit/a.test.ts', 2, many),
      file('unit/b.test.ts', 1, []),
      file('e2e/c.test.ts', 5, [5_000]),
    ];
    const told = tellTimes({ name: 'native', exitCode: 0, report: { success: true, testResults } });
    expect(told[0]).toBe('native: unit 3.0 s in 2 files, e2e 5.0 s in 1 file');
    expect(told).toHaveLength(11);
    expect(told[1]).toBe('   5.0 s  takes 5000 ms');
    expect(told[10]).toBe('   0.4 s  takes 400 ms');
  });

  it('has nothing to tell of a check', () => {
    expect(tellTimes({ name: 'lint', exitCode: 0 })).toEqual([]);
  });
});

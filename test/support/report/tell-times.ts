import type { RunResult, VitestReport } from './summarize.ts';

/** Enough to see what a run waits for. */
const SLOWEST = 10;

/** Where the time of a run went: the seconds of each kind of test, and the slowest ten tests. Pure. */
export function tellTimes({ name, report }: RunResult): readonly string[] {
  if (report === undefined) return [];
  const kinds = Map.groupBy(report.testResults, (file) => kindOf(file.name));
  const sums = [...kinds].map(([kind, files]) => {
    const ms = files.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0);
    return `${kind} ${seconds(ms)} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  });
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const slowest = tests.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, SLOWEST);
  return [
    `${name}: ${sums.join(', ')}`,
    ...slowest.map(({ duration, fullName }) => `${seconds(duration ?? 0).padStart(8)}  ${fullName}`),
  ];
}

function kindOf(file: VitestReport['testResults'][number]['name']): string {
  return /\/test\/([a-z0-9]+)\//.exec(file)?.[1] ?? 'other';
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

import type { InputIssue } from './errors.ts';

type Place = readonly [file: number, line: number, column: number];

const PLACE = /^(.*?)(?::(\d+):(\d+))?$/s;

/**
 * Issues as people read them: those that lie in no file first, then file by file in the given order, each from top to
 * bottom.
 */
export function inFileOrder(issues: readonly InputIssue[], files: readonly string[] = []): readonly InputIssue[] {
  const placed = issues.map((issue) => {
    const [, file = '', line = 0, column = 0] = PLACE.exec(issue.where) ?? [];
    return { issue, at: [files.indexOf(file), Number(line), Number(column)] satisfies Place };
  });
  return placed.sort((a, b) => compare(a.at, b.at)).map(({ issue }) => issue);
}

function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

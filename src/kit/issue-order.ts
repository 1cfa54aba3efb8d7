import type { InputIssue } from './errors.ts';

const PLACE = /^(.*?)(?::(\d+):(\d+))?$/s;

/** Issues as people read them: files in the given order, before them what lies in none, and in each from top to bottom. */
export function inFileOrder(issues: readonly InputIssue[], files: readonly string[] = []): readonly InputIssue[] {
  const placed = issues.map((issue) => {
    const [, file = '', line = 0, column = 0] = PLACE.exec(issue.where) ?? [];
    return { issue, at: [files.indexOf(file), Number(line), Number(column)] };
  });
  return placed.sort((a, b) => compare(a.at, b.at)).map(({ issue }) => issue);
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((number, index) => number - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

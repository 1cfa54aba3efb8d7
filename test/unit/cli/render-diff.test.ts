import { expect, it } from 'vitest';
import { printDiff } from '../../../src/cli/policy/render-diff.ts';
import { createStyle } from '../../../src/cli/terminal.ts';

it.each([
  [0, '0 images on record: 0 would flip, 0 stay.'],
  [1, '1 image on record: 0 would flip, 1 stay.'],
  [2, '2 images on record: 0 would flip, 2 stay.'],
])('counts %d as people do', (judged, line) => {
  const out: string[] = [];
  const terminal = { out: (text: string) => out.push(text), err: () => {}, width: 100, isTerminal: false };
  printDiff({ judged, changes: [] }, { ...terminal, style: createStyle(false) });
  expect(out).toEqual([line]);
});

import type { Style } from '../../src/cli/terminal.ts';
import { wrapText } from '../../src/cli/wrap-text.ts';
import type { ImageResult } from './run-image.ts';

// Fits 100 columns; a longer cell pushes what follows it to the right.
const COLUMNS = { image: 24, verdict: 15, before: 13 } as const;
const INDENT = 4;

/** The table of images: verdict, tags before and after, and beneath each the story and the sentence that explains it. */
export function renderTable(results: readonly ImageResult[], style: Style, width: number): string {
  const head = `  ${row('IMAGE', 'VERDICT', 'TAGS BEFORE', 'TAGS AFTER')}`;
  return [style.bold(head), ...results.map((result) => renderResult(result, style, width))].join('\n\n');
}

function renderResult(result: ImageResult, style: Style, width: number): string {
  const { image, outcome, reason, tagsBefore, tagsAfter, problems } = result;
  const line = row(`${image.repository}:1.0`, outcome, tagsBefore.join(', '), tagsAfter.join(', '));
  const paint = outcome === 'pass' ? style.good : style.bad;
  const options = { width, indent: INDENT };
  return [
    `${problems.length === 0 ? style.good('✓') : style.bad('✗')} ${line.replace(outcome, paint(outcome))}`,
    style.dim(wrapText(image.story, options)),
    wrapText(reason, options),
    ...problems.map((problem) => style.bad(wrapText(`Not as it should be: ${problem}`, options))),
  ].join('\n');
}

function row(image: string, verdict: string, before: string, after: string): string {
  return `${image.padEnd(COLUMNS.image)}${verdict.padEnd(COLUMNS.verdict)}${before.padEnd(COLUMNS.before)}${after}`;
}

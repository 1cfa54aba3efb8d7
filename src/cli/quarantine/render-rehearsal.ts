import { parseDigest, shortDigest } from '../../domain/digest.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** A write that was put on record instead of being made, or that a limit would still hold. Keys are only ever added. */
export interface Rehearsed {
  /** When it would have been made, ISO 8601; `null` while a limit holds it. */
  readonly at: string | null;
  readonly what: 'put on' | 'taken off' | 'put right';
  readonly registry: string;
  /** In full, with its digest. */
  readonly image: string;
  readonly tags: readonly string[];
  readonly mark: string;
  readonly outcome: string | null;
  readonly code: string;
  readonly reason: string;
  readonly policies: readonly string[];
  readonly plannedAt: string;
  /** The limit that holds it. */
  readonly heldBy: string | null;
}

/** A row for each write, and below them what the codes stand for. Digests are cut: JSON and CSV have them in full. */
export function renderRehearsal(
  writes: readonly Rehearsed[],
  { style, width }: Pick<Terminal, 'style' | 'width'>,
): string {
  if (writes.length === 0) return '';
  const rows = [HEADING, ...writes.map(toRow)];
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [heading = '', ...rest] = lines;
  return [style.bold(heading), ...rest, '', ...explain(writes, { style, width })].join('\n');
}

const HEADING = ['WHEN', 'MARK', 'CODE', 'IMAGE'] as const;

function toRow({ at, what, code, image, tags }: Rehearsed): readonly string[] {
  const cut = image.lastIndexOf('@');
  const digest = parseDigest(image.slice(cut + 1));
  const short = digest === undefined ? image : `${image.slice(0, cut)}@${shortDigest(digest)}`;
  const names = tags.length === 0 ? '' : ` ${tags.join(' ')}`;
  // 2026-11-24T08:00:00.000Z to the minute.
  const when = at === null ? 'not yet' : at.slice(0, 16).replace('T', ' ');
  return [when, at === null ? 'held' : what, code, `${short}${names}`].map(plainText);
}

function explain(writes: readonly Rehearsed[], { style, width }: Pick<Terminal, 'style' | 'width'>): string[] {
  const failing = writes.filter(({ what }) => what !== 'taken off');
  const byReason = [...Map.groupBy(failing, ({ code, reason }) => `${code} ${reason}`).values()];
  return byReason
    .toSorted((a, b) => b.length - a.length)
    .flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : [
            `${style.bold(first.code)}  ${count(others.length + 1, 'image')}`,
            wrapText(plainText(first.reason), { width, indent: 2 }),
          ],
    );
}

/** The whole in one sentence. */
export function summarizeRehearsal(writes: readonly Rehearsed[], since: string): string {
  const of = (what: Rehearsed['what']) => writes.filter((write) => write.what === what && write.at !== null);
  const held = writes.filter(({ at }) => at === null).length;
  const repositories = new Set(of('put on').map(({ image }) => image.slice(0, image.lastIndexOf('@')))).size;
  const where = repositories > 1 ? ` in ${repositories} repositories` : '';
  const parts = [
    `${count(new Set(of('put on').map(({ image }) => image)).size, 'image')} would have been marked${where}`,
    `${of('taken off').length} released again`,
    ...(of('put right').length > 0 ? [`${count(of('put right').length, 'tag')} of others put right`] : []),
    ...(held > 0 ? [`${held} would still be held by a limit`] : []),
  ];
  return `In the last ${since}: ${parts.join(', ')}. Nothing was written to a registry.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

import type { Digest } from '../../domain/digest.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Rejudgement } from '../../policy/rejudge/rejudge.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** What other policies would change. */
export interface DiffReport {
  /** How many images are on record with a verdict. */
  readonly judged: number;
  /** Those that are not the same. All text may be hostile. */
  readonly changes: readonly {
    readonly image: string;
    readonly digest: Digest;
    readonly tags: readonly string[];
    readonly before: Verdict;
    readonly result: Exclude<Rejudgement, { kind: 'same' }>;
  }[];
}

const MAY_HAVE_MORE =
  'note: an image is looked at only until it passes, so one that would fail may have more evidence than is on record: ' +
  '`lazaret verify IMAGE --policy FILE` looks at all of it.';

/** The report for a person: every flip with its sentence, then what could not be told, then the counts. */
export function printDiff({ judged, changes }: DiffReport, terminal: Terminal): void {
  const { style, width } = terminal;
  const flips = changes.filter(({ result }) => result.kind === 'flips');
  const unknown = changes.filter(({ result }) => result.kind === 'unknown');
  for (const { image, digest, tags, before, result } of [...flips, ...unknown]) {
    const name = `${image}@${digest}${tags.length === 0 ? '' : ` (${tags.join(', ')})`}`;
    const after = result.kind === 'flips' ? result.after.outcome : 'not known';
    const paint = after === 'pass' ? style.good : result.kind === 'flips' ? style.bad : style.warn;
    terminal.out(`${before.outcome} → ${paint(after)}  ${style.bold(plainText(name))}`);
    const why = result.kind === 'flips' ? result.after.reason : `Not known: ${result.why}.`;
    terminal.out(wrapText(plainText(why), { width, indent: 2 }));
  }
  const rest = unknown.length === 0 ? '' : `, ${unknown.length} not known`;
  const images = judged === 1 ? '1 image' : `${judged} images`;
  terminal.out(`${images} on record: ${flips.length} would flip${rest}, ${judged - changes.length} stay.`);
  const mayHaveMore = flips.some(({ before, result }) => {
    return before.outcome === 'pass' && result.kind === 'flips' && result.after.code !== 'NO_POLICY';
  });
  if (mayHaveMore) terminal.err(MAY_HAVE_MORE);
}

/** The report as the object that `--output json` prints. Keys are only ever added. */
export function toJsonDiff({ judged, changes }: DiffReport): object {
  const of = (kind: 'flips' | 'unknown'): number => changes.filter(({ result }) => result.kind === kind).length;
  return {
    judged,
    flips: of('flips'),
    unknown: of('unknown'),
    changes: changes.map(({ image, digest, tags, before, result }) => ({
      image,
      digest,
      tags,
      before: { outcome: before.outcome, code: before.code, reason: before.reason },
      after:
        result.kind === 'flips'
          ? { outcome: result.after.outcome, code: result.after.code, reason: result.after.reason }
          : null,
      unknown: result.kind === 'unknown' ? result.why : null,
    })),
  };
}

import type { Outcome } from '../../domain/verdict.ts';
import { toCsvText } from '../csv.ts';
import { plainText } from '../plain-text.ts';
import type { Style, Terminal } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';
import { countOutcomes, type NotTold, type ScannedImage, type ScanOutcome } from './scan-outcome.ts';

type Look = Pick<Terminal, 'style' | 'width' | 'isTerminal'>;

/** More of one kind scroll the rest away; who wants all of them has `--output json`. */
const SHOWN = 20;
const WHOLE = '(--output json or csv has them all)';

/** The report for a person: what fails, grouped by reason, what could not be told, and the counts at the end. */
export function renderScan(outcome: ScanOutcome, look: Look): string {
  const failing = outcome.images.filter((image) => image.outcome !== 'pass' && image.outcome !== 'indeterminate');
  const groups = [...Map.groupBy(failing, ({ code, reason }) => `${code} ${reason}`).values()];
  const largest = groups.toSorted((a, b) => b.length - a.length);
  // Who pushes has a hand in reasons, so there may be as many as images.
  const shown = look.isTerminal ? largest.slice(0, SHOWN) : largest;
  const lines = shown.flatMap((images) => renderGroup(images, look));
  const left = largest.slice(shown.length);
  if (left.length > 0)
    lines.push(look.style.dim(`and ${count(left.flat().length, 'image')} for other reasons ${WHOLE}`), '');
  if (outcome.notTold.length > 0) lines.push(...renderNotTold(outcome.notTold, look));
  return [...lines, ...renderCounts(outcome, look)].join('\n');
}

function renderGroup(images: readonly ScannedImage[], look: Look): string[] {
  const [first] = images;
  if (first === undefined) return [];
  const heading = `${paint(first.outcome, look.style)}  ${look.style.bold(first.code)}  ${count(images.length, 'image')}`;
  const rows = images.map(({ image, tags }) => {
    const named = tags.length === 0 ? '' : look.style.dim(`  ${plainText(tags.join(', '))}`);
    return `  ${plainText(image)}${named}`;
  });
  return [heading, wrapText(plainText(first.reason), { width: look.width, indent: 2 }), ...cut(rows, look), ''];
}

function renderNotTold(notTold: readonly NotTold[], look: Look): string[] {
  const rows = notTold.map(({ where, code, reason }) =>
    wrapText(`${plainText(where)}: ${plainText(reason)} (${code})`, { width: look.width, indent: 2 }),
  );
  return [look.style.warn(`could not be told: ${notTold.length}`), ...cut(rows, look), ''];
}

function cut(rows: readonly string[], { isTerminal, style }: Look): readonly string[] {
  if (!isTerminal || rows.length <= SHOWN) return rows;
  const more = style.dim(`  and ${rows.length - SHOWN} more ${WHOLE}`);
  return [...rows.slice(0, SHOWN), more];
}

function renderCounts({ images, notImages, notCovered }: ScanOutcome, { style }: Look): string[] {
  const counts = Object.entries(countOutcomes(images)) as [Outcome, number][];
  const told = counts.map(([outcome, number]) => `${paint(outcome, style)} ${number}`).join(', ');
  const lines = [`${count(images.length, 'image')}${told === '' ? '' : `: ${told}`}`];
  if (notCovered > 0) lines.push(`${count(notCovered, 'image')} not judged: no policy covers their repositories`);
  if (notImages > 0) lines.push(`${notImages} more hold evidence, or are artifacts no policy covers`);
  return lines;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

function paint(outcome: Outcome, style: Style): string {
  if (outcome === 'pass') return style.good(outcome);
  return outcome === 'fail-evidence' || outcome === 'fail-missing' ? style.bad(outcome) : style.warn(outcome);
}

/** The report as the object that `--output json` prints. Keys are only ever added. */
export function toJsonScan({ images, notTold, notImages, notCovered }: ScanOutcome, isWhole: boolean): object {
  return { outcomes: countOutcomes(images), images, notTold, notImages, notCovered, whole: isWhole };
}

const COLUMNS = ['image', 'digest', 'tags', 'outcome', 'code', 'reason'] as const;

/** Every image as a row, and what could not be told with the place for an image and the outcome empty. */
export function toCsv({ images, notTold }: ScanOutcome): string {
  const rows = images.map((image) => [
    image.image,
    image.digest,
    image.tags.join(' '),
    image.outcome,
    image.code,
    image.reason,
  ]);
  const judged = new Set(images.map(({ image }) => image));
  const untold = notTold.filter(({ where }) => !judged.has(where));
  const others = untold.map(({ where, code, reason }) => [where, '', '', '', code, reason]);
  return toCsvText([COLUMNS, ...rows, ...others]);
}

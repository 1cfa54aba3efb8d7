import { judgeFlatness } from './judge-flatness.ts';
import type { Sample } from './sample.ts';

/** Prints what the samples of a run come to, and says whether every figure stayed flat. */
export function tellSamples(samples: readonly Sample[], say: (line: string) => void): boolean {
  tellRows(samples, say);
  const judged = judgeFlatness(samples);
  say('');
  for (const { figure, isFlat, words } of judged) say(`${isFlat ? 'flat' : 'GROWS'}  ${figure}: ${words}`);
  return judged.every(({ isFlat }) => isFlat);
}

/** The tables at the start, at each quarter and at the end. */
function tellRows(samples: readonly Sample[], say: (line: string) => void): void {
  const shown = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => samples[Math.round(share * (samples.length - 1))] ?? []);
  say(`\nrows at minute${' '.repeat(12)}${shown.map(({ at }) => cell(at / 60_000)).join('')}`);
  for (const table of Object.keys(samples.at(-1)?.rows ?? {}))
    say(`${table.padEnd(26)}${shown.map(({ rows }) => cell(rows[table] ?? 0)).join('')}`);
}

function cell(value: number): string {
  return value.toFixed(0).padStart(9);
}

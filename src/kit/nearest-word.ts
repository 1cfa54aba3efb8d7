/**
 * The candidate most like a mistyped word, for "did you mean …?"; `undefined` if none is close: more than a third of
 * the letters differ. Swapped neighbours count as one difference (optimal string alignment distance).
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  // Nothing a person mistypes is longer; the distance takes the product of both lengths.
  if (word.length > 64) return undefined;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = distanceBetween(word.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [];
    for (let j = 0; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          costAt(last, j) + 1,
          costAt(row, j - 1) + 1,
          costAt(last, j - 1) + (isSame ? 0 : 1),
          costAt(beforeLast, j - 2) + (isSwapped ? 1 : Number.POSITIVE_INFINITY),
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return costAt(last, b.length);
}

/** A place outside of the table costs infinitely much, so no way leads through it. */
function costAt(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

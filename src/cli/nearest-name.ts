/** More changed characters than this is another word, not a slip. */
const MAX_DISTANCE = 3;

/** The name most like what was written, or `undefined` if none is near: for "did you mean". */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const lower = written.toLowerCase().slice(0, 64);
  const limit = Math.min(MAX_DISTANCE, Math.ceil(lower.length / 2));
  const ranked = names
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= limit ? best.name : undefined;
}

// Levenshtein's distance, one row of the matrix at a time.
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? to.length;
}

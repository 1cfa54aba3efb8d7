/**
 * Whether any text matches both globs (`*`, `**` and `?`, as `matchesGlob` reads them). Walks both at once, so it takes
 * no more steps than the product of their lengths.
 */
export function globsOverlap(first: string, second: string): boolean {
  const [a, b] = [tokenize(first), tokenize(second)];
  const seen = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [i, j] = at;
    if (i === a.length && j === b.length) return true;
    const id = i * (b.length + 1) + j;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...stepsFrom(a, b, i, j));
  }
  return false;
}

function tokenize(glob: string): readonly string[] {
  return glob.match(/\*\*|[^]/gu) ?? [];
}

/** Where both can be after one more character, or after giving up a star. */
function stepsFrom(a: readonly string[], b: readonly string[], i: number, j: number): [number, number][] {
  const [x, y] = [a[i], b[j]];
  const steps: [number, number][] = [];
  if (isStar(x)) steps.push([i + 1, j]);
  if (isStar(y)) steps.push([i, j + 1]);
  if (x === undefined || y === undefined || !shareCharacter(x, y)) return steps;
  steps.push([isStar(x) ? i : i + 1, isStar(y) ? j : j + 1]);
  return steps;
}

function isStar(token: string | undefined): boolean {
  return token === '*' || token === '**';
}

function shareCharacter(x: string, y: string): boolean {
  const [wildX, wildY] = [isWild(x), isWild(y)];
  if (wildX && wildY) return true;
  if (wildX) return x === '**' || y !== '/';
  if (wildY) return y === '**' || x !== '/';
  return x === y;
}

function isWild(token: string): boolean {
  return token === '?' || isStar(token);
}

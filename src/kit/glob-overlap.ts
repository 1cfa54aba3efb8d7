/** Whether some text is matched by both globs (see `globFault`); takes time in the product of their lengths. */
export function globsOverlap(a: string, b: string): boolean {
  const [left, right] = [tokenize(a), tokenize(b)];
  const known = new Map<number, boolean>();

  /** Whether the rests of both, from these tokens on, have a text in common. */
  function overlap(i: number, j: number): boolean {
    const key = i * (right.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = decide(i, j);
    known.set(key, result);
    return result;
  }

  function decide(i: number, j: number): boolean {
    const [x, y] = [left[i], right[j]];
    if (x === undefined && y === undefined) return true;
    // A star matches nothing, or what the other side has next.
    if (isStar(x) && overlap(i + 1, j)) return true;
    if (isStar(y) && overlap(i, j + 1)) return true;
    if (x === undefined || y === undefined || !share(x, y)) return false;
    if (isStar(x)) return !isStar(y) && overlap(i, j + 1);
    return isStar(y) ? overlap(i + 1, j) : overlap(i + 1, j + 1);
  }
  return overlap(0, 0);
}

function tokenize(glob: string): readonly string[] {
  return glob.match(/\*\*|./gsu) ?? [];
}

function isStar(token: string | undefined): boolean {
  return token === '*' || token === '**';
}

/** Whether one character can be matched by both tokens. */
function share(x: string, y: string): boolean {
  if (x === '**' || y === '**') return true;
  const isWild = (token: string): boolean => token === '*' || token === '?';
  if (isWild(x)) return y !== '/';
  return isWild(y) ? x !== '/' : x === y;
}

/**
 * Why this is not a glob as Lazaret reads them, or `undefined` if it is one: `*` is any characters but `/`, `**` any
 * characters, `?` one character but `/`. All else stands for itself, so characters that other tools read as more
 * (braces, brackets, `!`, backslash) are refused instead of silently matching nothing.
 */
export function globFault(glob: string): string | undefined {
  // An IPv6 address is the one place where brackets stand for themselves and are wanted.
  const rest = glob.replace(/^\[[0-9a-fA-F:.]+\](?=[:/])/, '');
  if (glob === '') return 'expected a glob such as "acme/**", got empty text';
  if (/\s/.test(glob)) return 'expected a glob without white space';
  if (/[{}[\]()!\\^$|]/.test(rest)) return 'expected a glob with only *, ** and ?; write one line for each alternative';
  if (glob.includes('***')) return 'expected * (within one path segment) or ** (any number of them), got ***';
  return undefined;
}

/**
 * Whether a glob (see `globFault`) matches the whole text. Takes no more steps than the product of both lengths,
 * whatever they hold.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const literal = glob.search(/[*?]/);
  if (literal === -1) return glob === text;
  if (!text.startsWith(glob.slice(0, literal))) return false;
  return matchesRest(glob.slice(literal), text.slice(literal));
}

function matchesRest(glob: string, text: string): boolean {
  // What nearly every glob ends with.
  if (glob === '**') return true;
  if (glob === '*') return !text.includes('/');
  const tokens = tokenize(glob);
  // row[n]: the first n tokens match the text read so far. No backtracking, so no text can make it slow.
  let row = startRow(tokens);
  for (const character of text) {
    const next = [false];
    for (const [index, token] of tokens.entries()) {
      next.push(step(token, character, { before: row[index], here: row[index + 1], left: next[index] }));
    }
    row = next;
  }
  return row[tokens.length] === true;
}

function tokenize(glob: string): readonly string[] {
  return Array.from(glob.matchAll(/\*\*|./gsu), ([token]) => token);
}

// A star may match nothing, so leading stars match the empty text.
function startRow(tokens: readonly string[]): boolean[] {
  const row = [true];
  for (const [index, token] of tokens.entries()) row.push(row[index] === true && isStar(token));
  return row;
}

interface Neighbours {
  /** All tokens before this one match the text before this character. */
  readonly before: boolean | undefined;
  /** This token and all before it match the text before this character. */
  readonly here: boolean | undefined;
  /** All tokens before this one match the text with this character. */
  readonly left: boolean | undefined;
}

function step(token: string, character: string, cells: Neighbours): boolean {
  if (token === '**') return cells.here === true || cells.left === true;
  if (token === '*') return cells.left === true || (cells.here === true && character !== '/');
  if (token === '?') return cells.before === true && character !== '/';
  return cells.before === true && token === character;
}

function isStar(token: string): boolean {
  return token === '*' || token === '**';
}

/** The part of a glob before its first wildcard: every text that it matches begins so. */
export function literalStart(glob: string): string {
  const wild = glob.search(/[*?]/);
  return wild === -1 ? glob : glob.slice(0, wild);
}

/** The part of a glob before its first segment with a wildcard; `undefined` if that is the first of all. */
export function literalFolder(glob: string): string | undefined {
  const segments = glob.split('/');
  const wild = segments.findIndex((segment) => /[*?]/.test(segment));
  return wild <= 0 ? undefined : segments.slice(0, wild).join('/');
}

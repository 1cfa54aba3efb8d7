/** One way of authenticating a registry offers (RFC 9110 §11.6.1), with its parameters by lower-case name. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const VALUE = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y;
const SPACE = /[\s,]*/y;
// Longer headers than this do not occur; the patterns above are linear in it.
const MAX_LENGTH = 8_192;

/** Reads `WWW-Authenticate`, also with several challenges in one header. What cannot be read is left out. */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  const text = (typeof header === 'string' ? header : (header ?? []).join(', ')).slice(0, MAX_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SPACE);
    const name = take(TOKEN)?.[0];
    if (name === undefined) return challenges;
    const value = take(VALUE);
    if (value === null) {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      continue;
    }
    const plain = value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '';
    challenges.at(-1)?.parameters.set(name.toLowerCase(), plain);
  }
}

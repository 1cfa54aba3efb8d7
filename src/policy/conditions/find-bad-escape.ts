/** A comment, or a text up to its end: raw, between three quotes or one. */
const TOKENS =
  /\/\/[^\n]*|(?<prefix>[rRbB]{0,2})(?<text>"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/g;
/** https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values */
const ESCAPE = /\\(?:[abfnrtv"'`?\\]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})|\\[\s\S]/g;

/**
 * Finds the first `\` in a text literal of a condition that begins no escape of CEL, and where it is: cel-go refuses
 * `matches("^\d+$")`, but the library reads it as the pattern `^d+$`.
 */
export function findBadEscape(source: string): { readonly escape: string; readonly offset: number } | undefined {
  for (const { index, groups = {}, 0: token } of source.matchAll(TOKENS)) {
    const { prefix = '', text = '' } = groups;
    if (/r/i.test(prefix)) continue;
    for (const found of text.matchAll(ESCAPE)) {
      if (found[0].length > 2 || /^\\[abfnrtv"'`?\\]$/.test(found[0])) continue;
      return { escape: found[0], offset: index + token.length - text.length + found.index };
    }
  }
  return undefined;
}

/** The target of the `rel="next"` link of a `Link` header (RFC 8288), as written; `undefined` if there is none. */
export function parseNextLink(header: string | readonly string[] | undefined): string | undefined {
  const text = (typeof header === 'string' ? header : (header ?? []).join(', ')).slice(0, 16_384);
  for (const [, target = '', parameters = ''] of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters)) return target;
  }
  return undefined;
}

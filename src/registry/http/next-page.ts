import { FaultError } from '../../kit/errors.ts';
import { shortText } from '../../kit/short-text.ts';
import type { HttpReply } from './http-transport.ts';

/** Only the same listing on the same origin is followed: our credentials go with it. Another link is given as text. */
export function nextPage(reply: HttpReply, url: URL, first: URL): URL | string | undefined {
  const link = parseNextLink(reply.header('link'));
  if (link === undefined) return undefined;
  const next = URL.parse(link, url.href);
  const isOurs = next?.origin === first.origin && next.pathname === first.pathname && next.username === '';
  return isOurs ? next : (next?.href ?? link);
}

/** A list that goes on elsewhere, as a fault. */
export function otherList(host: string, what: string, link: string): FaultError {
  const found = `the next page of ${what} at another place, ${shortText(link)}`;
  return new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected a link to the same list, got ${found}`, {
    retryable: false,
    hint: 'Only the same address on the same host is followed, because credentials go with it. Let the registry, or the proxy before it, write the address it is configured under.',
  });
}

/** The target of the `rel="next"` link of a `Link` header (RFC 8288), as written; `undefined` if there is none. */
export function parseNextLink(header: string | readonly string[] | undefined): string | undefined {
  const text = (typeof header === 'string' ? header : (header ?? []).join(', ')).slice(0, 16_384);
  for (const [, target = '', parameters = ''] of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters)) return target;
  }
  return undefined;
}

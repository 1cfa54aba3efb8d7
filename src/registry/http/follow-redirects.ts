import { FaultError } from '../../kit/errors.ts';
import type { HttpReply, HttpRequest } from './http-transport.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface RedirectRules {
  /** The registry as it is configured: redirects may use plain HTTP only if it does. */
  readonly base: URL;
  /** Most redirects of one request. */
  readonly limit: number;
  readonly exchange: (request: HttpRequest) => Promise<HttpReply>;
}

/**
 * Makes a request and follows its redirects by hand. Credentials stay with the origin they were meant for, and do not
 * come back when a later redirect leads to it again. Only reads are redirected.
 * @throws {FaultError} `REGISTRY_REDIRECT_REFUSED`
 */
export async function followRedirects(request: HttpRequest, rules: RedirectRules): Promise<HttpReply> {
  let current = request;
  for (let hop = 0; hop <= rules.limit; hop++) {
    const reply = await rules.exchange(current);
    const isRead = current.method === 'GET' || current.method === 'HEAD';
    if (!REDIRECTS.has(reply.status) || !isRead) return reply;
    const url = target(reply, current.url, rules.base);
    current = {
      ...current,
      url,
      headers: url.origin === current.url.origin ? current.headers : strip(current.headers),
    };
  }
  throw refusal(rules.base, `more than ${rules.limit} redirects`);
}

function target(reply: HttpReply, from: URL, base: URL): URL {
  const location = reply.header('location');
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null) throw refusal(base, 'a redirect without a usable Location');
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:');
  // Only the host is named: the query of such a URL is often a signature that opens the blob to anyone.
  if (!secure) throw refusal(base, `a redirect to ${url.protocol}//${url.host}`);
  if (url.username !== '' || url.password !== '') throw refusal(base, `a redirect to ${url.host} with a user in it`);
  return url;
}

function strip(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())),
  );
}

function refusal(base: URL, found: string): FaultError {
  return new FaultError(
    'REGISTRY_REDIRECT_REFUSED',
    `${base.host}: expected the content or an https redirect, got ${found}`,
    {
      retryable: false,
    },
  );
}

import type { ProxyRules } from '../domain/proxy-rules.ts';
import { parseServerTime } from '../kit/server-time.ts';

const TIMEOUT_MS = 5_000;

/** What time it is for the TUF repository at this address; `undefined` if it says nothing. */
export async function readServerTime(url: URL, proxy?: ProxyRules): Promise<Date | undefined> {
  const { Egress } = await import('../egress/egress.ts');
  const egress = new Egress({ proxy, agent: { pipelining: 0 }, connect: { timeout: TIMEOUT_MS } });
  try {
    const path = `${url.pathname.replace(/\/$/, '')}/timestamp.json`;
    const { headers, body } = await egress.request({
      origin: url.origin,
      path,
      method: 'HEAD',
      headers: { 'user-agent': 'lazaret' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump();
    const { date, age } = headers;
    return parseServerTime(one(date), one(age));
  } catch {
    // Nothing is concluded from silence: the clock is then only held against what is known already.
    return undefined;
  } finally {
    await egress.destroy();
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

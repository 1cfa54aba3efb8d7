import type { Dispatcher } from 'undici';

const TIMEOUT_MS = 5_000;

/** What time it is for the server at this address, by the `Date` of its answer (RFC 9110 §6.6.1); `undefined` if it says nothing. */
export async function fetchServerTime(url: URL): Promise<Date | undefined> {
  const { Agent } = await import('undici');
  const agent: Dispatcher = new Agent({ pipelining: 0, connect: { timeout: TIMEOUT_MS } });
  try {
    const path = `${url.pathname.replace(/\/$/, '')}/timestamp.json`;
    const { headers, body } = await agent.request({
      origin: url.origin,
      path,
      method: 'HEAD',
      headers: { 'user-agent': 'lazaret' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump();
    const { date, age } = headers;
    const ms = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    // A cache repeats the origin's Date and says for how long it has had it (RFC 9111 §5.1).
    const ageMs = typeof age === 'string' && /^\d{1,9}$/.test(age) ? Number(age) * 1_000 : 0;
    return Number.isNaN(ms) ? undefined : new Date(ms + ageMs);
  } catch {
    // Nothing is concluded from silence: the clock is then only held against what is known already.
    return undefined;
  } finally {
    await agent.close();
  }
}

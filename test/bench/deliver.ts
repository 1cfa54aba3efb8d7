import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Digest } from '../../src/domain/digest.ts';

/** A push to announce. */
export interface Announced {
  readonly repository: string;
  readonly digest: Digest;
}

/** Delivers events over this many connections; resolves with the time to the acknowledgement of each, in ms. */
export async function deliver(
  hookUrl: string,
  events: readonly Announced[],
  connections: number,
): Promise<readonly number[]> {
  const url = new URL(hookUrl);
  const pool = new Pool(url.origin, { connections });
  const times: number[] = [];
  const waiting = events.values();
  const send = async (): Promise<void> => {
    for (const event of waiting) times.push(await post(pool, url.pathname, event));
  };
  await Promise.all(Array.from({ length: connections }, send));
  await pool.close();
  return times;
}

/** Delivers so many events a second, whether or not those before are acknowledged yet; resolves with the same times. */
export async function deliverSteadily(
  hookUrl: string,
  events: readonly Announced[],
  perSecond: number,
): Promise<readonly number[]> {
  const url = new URL(hookUrl);
  // More than are ever on their way at once: an event must not wait for a connection.
  const pool = new Pool(url.origin, { connections: 64 });
  const from = performance.now();
  const sent = events.map(async (event, index) => {
    await delay(Math.max(0, from + (index / perSecond) * 1_000 - performance.now()));
    return post(pool, url.pathname, event);
  });
  const times = await Promise.all(sent);
  await pool.close();
  return times;
}

async function post(pool: Pool, path: string, { repository, digest }: Announced): Promise<number> {
  const body = JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    type: 'dev.lazaret.image.pushed.v1',
    source: 'bench',
    data: { repository, tag: 'v1', digest },
  });
  const before = performance.now();
  const headers = { 'content-type': 'application/cloudevents+json' };
  const response = await pool.request({ method: 'POST', path, headers, body });
  await response.body.dump();
  if (response.statusCode !== 202) throw new Error(`the receiver answered ${response.statusCode}`);
  return performance.now() - before;
}

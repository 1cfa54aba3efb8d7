import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Pool } from 'undici';
import type { Digest } from '../../src/domain/digest.ts';
import { findEmbeddedPostgres } from '../../src/records/server/embedded-postgres.ts';

/** What a storm announces. */
export interface StormImage {
  readonly repository: string;
  readonly digest: Digest;
}

export interface StormOptions {
  readonly connections: number;
  /** Absent: as fast as they are answered. */
  readonly perSecond?: number;
}

/** How deliveries were answered; one that is put off is delivered again, as registries do. */
export interface StormAnswers {
  accepted: number;
  /** 503 with `Retry-After`. */
  putOff: number;
  /** Every other answer. */
  readonly wrong: string[];
  /** Connections that were closed or cut without an answer. */
  readonly resets: string[];
}

/** Delivers each event until it is acknowledged. */
export async function unleash(
  hookUrl: string,
  events: Iterable<StormImage>,
  { connections, perSecond = Number.POSITIVE_INFINITY }: StormOptions,
): Promise<StormAnswers> {
  const url = new URL(hookUrl);
  const pool = new Pool(url.origin, { connections });
  const answers: StormAnswers = { accepted: 0, putOff: 0, wrong: [], resets: [] };
  const from = performance.now();
  let begun = 0;
  const waiting = events[Symbol.iterator]();
  const send = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const early = from + (begun++ / perSecond) * 1_000 - performance.now();
      if (early > 1) await delay(early);
      const body = bodyOf(next.value);
      while (await isPutOff(pool, url.pathname, body, answers));
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  await pool.close();
  return answers;
}

async function isPutOff(pool: Pool, path: string, body: string, answers: StormAnswers): Promise<boolean> {
  const headers = { 'content-type': 'application/cloudevents+json' };
  try {
    const { statusCode, headers: answered, body: text } = await pool.request({ method: 'POST', path, headers, body });
    await text.dump();
    const retryAfterS = Number(answered['retry-after']);
    if (statusCode === 202) answers.accepted += 1;
    else if (statusCode === 503 && retryAfterS > 0) {
      answers.putOff += 1;
      await delay(retryAfterS * 1_000);
      return true;
    } else answers.wrong.push(`${statusCode}, Retry-After: ${answered['retry-after']}`);
  } catch (error) {
    answers.resets.push(String(error));
  }
  return false;
}

function bodyOf({ repository, digest }: StormImage): string {
  const data = { repository, tag: 'v1', digest };
  return JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    type: 'dev.lazaret.image.pushed.v1',
    source: 's',
    data,
  });
}

/** What a daemon has made of a storm. */
export interface StormRecord {
  /** Events on record. */
  readonly events: number;
  /** Looks at images that have begun. */
  readonly looks: number;
  /** The most that one image got. */
  readonly mostLooks: number;
  /** Images whose final verdict is a pass. */
  readonly passed: number;
}

/** Reads the record of a daemon that keeps it in this folder. @throws {Error} if none runs there */
export async function readStorm(dataDir: string): Promise<StormRecord> {
  const connection = await findEmbeddedPostgres(dataDir);
  if (connection === null || 'url' in connection) throw new Error(`no daemon runs on ${dataDir}`);
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query(`
      SELECT (SELECT count(*)::int FROM lazaret.inbox_events) AS events, sum(fence)::int AS looks, max(fence) AS "mostLooks",
        count(*) FILTER (WHERE state = 'final' AND settled_outcome = 'pass')::int AS passed
      FROM lazaret.subjects`);
    return rows[0];
  } finally {
    await client.end();
  }
}

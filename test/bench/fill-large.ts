import type pg from 'pg';
import { fillRecord } from '../support/records/fill-record.ts';

/** How much a record is filled with. */
export interface Filling {
  readonly images: number;
  readonly events: number;
}

const EVENT = JSON.stringify({
  kind: 'push',
  reason: null,
  host: 'registry.example.com',
  repository: 'acme/app',
  tag: 'v1',
  digest: `sha256:${'0'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  actor: 'ci',
  time: '2026-11-24T08:00:00.000Z',
  eventId: '7c1d0a52-5c1e-4c5b-9d0f-2f6d1c1a9b3e',
});

/**
 * Fills an empty record with images as `fillRecord` does, an older verdict for every second, and with events, which come
 * evenly over a year and over the images. Indexes are built when the rows are there.
 */
export async function fillLarge(pool: pg.Pool, { images, events }: Filling): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SET statement_timeout = 0; SET maintenance_work_mem = 262144');
    const rebuild = await dropIndexes(client);
    await fillRecord(pool, { images, policyRevision: 'p1', trustEpoch: 1 });
    await client.query(`INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at,
        judged_at, verdict, findings, is_current)
      SELECT subject_id, outcome, code, final, 'p0', trust_epoch, first_judged_at, judged_at, verdict, findings, false
      FROM verdicts WHERE id % 2 = 0`);
    await client.query(
      `INSERT INTO inbox_events (source_id, registry_id, received_at, state, event, repository, tag, subject_id, correlation_id)
      SELECT 'hook', 'prod', timestamptz '2026-11-24 08:00Z' - ($2 - n) * interval '1 year' / $2, 'accepted', $3::jsonb,
        'acme/app-' || CASE WHEN s % 2 = 0 THEN 0 ELSE s % 1000 END, 'v' || s, encode(sha256(s::text::bytea), 'hex'), 'c' || s
      FROM generate_series(1, $2::int) n, LATERAL (SELECT 1 + n % $1::int AS s) of`,
      [images, Math.max(0, events - images), EVENT],
    );
    for (const sql of rebuild) await client.query(sql);
    await client.query('VACUUM ANALYZE');
  } finally {
    client.release(true);
  }
}

/** Drops what no constraint needs; returns the statements that build it again. */
async function dropIndexes(client: pg.PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'lazaret'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

import type pg from 'pg';

/** What the images are judged by. */
export interface FillOptions {
  readonly images: number;
  readonly policyRevision: string;
  readonly trustEpoch: number;
  /** Every fifth image is of no use any more: gone (judged under other policies, long ago), or evidence. Default: true. */
  readonly withOld?: boolean;
  /** They are spread over these. */
  readonly registryIds?: readonly string[];
}

/**
 * Fills a record, by a few statements, with images that were judged and are not due: half of them in one repository, the
 * rest in five hundred; one in fifty is marked, the others were released, and some wait or could not be told.
 */
export async function fillRecord(pool: pg.Pool, options: FillOptions): Promise<void> {
  const client = await pool.connect();
  try {
    // These take seconds, and longer where others are at work.
    await client.query('SET statement_timeout = 0');
    await fill(client, options);
  } finally {
    client.release(true);
  }
}

async function fill(into: pg.PoolClient, options: FillOptions): Promise<void> {
  const { images, policyRevision, trustEpoch, withOld = true, registryIds = ['prod'] } = options;
  const at = `timestamptz '2026-11-20' + n * interval '1 second'`;
  await into.query(
    `INSERT INTO subjects (id, registry_id, repository, digest, state, first_seen_at, tags, mark, mark_tag, correlation_id,
      requested_seq, started_seq, judged_seq, fence, progress_at, judged_at, next_check_at, settled_outcome, grace_from, untold_since,
      untold_by)
    SELECT encode(sha256(n::text::bytea), 'hex'), ($2::text[])[1 + n % array_length($2::text[], 1)],
      'acme/app-' || CASE WHEN n % 2 = 0 THEN 0 ELSE n % 1000 END, 'sha256:' || encode(sha256(n::text::bytea), 'hex'),
      CASE WHEN $3 AND n % 10 = 1 THEN 'gone' WHEN $3 AND n % 10 = 3 THEN 'evidence' WHEN n % 100 = 5 THEN 'waiting'
        ELSE 'final' END,
      ${at}, ARRAY['v' || n], CASE WHEN n % 50 = 0 THEN 'quarantined' ELSE 'none' END,
      CASE WHEN n % 50 = 0 THEN 'quarantined-' || n END, 'c' || n, 1, 1, 1, 1, ${at}, CASE WHEN n % 10 <> 3 THEN ${at} END,
      CASE WHEN n % 50 = 0 OR n % 100 = 5 THEN timestamptz '2036-12-20' + n * interval '1 second' END,
      CASE WHEN n % 50 = 0 THEN 'fail-missing' ELSE 'pass' END, ${at},
      CASE WHEN n % 1000 = 5 THEN ${at} END, CASE WHEN n % 1000 = 5 THEN 'REGISTRY_UNAVAILABLE' END
    FROM generate_series(1, $1::int) n`,
    [images, registryIds, withOld],
  );
  await into.query(
    `INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at, judged_at,
      verdict, findings, is_current, is_moot)
    SELECT id, outcome, 'SATISFIED', state <> 'waiting', CASE WHEN state = 'gone' THEN 'before' ELSE $1 END, $2, first_seen_at,
      first_seen_at, jsonb_build_object('outcome', outcome, 'code', 'SATISFIED', 'reason', '', 'policies', '[]'::jsonb,
        'onFailure', 'alert', 'requirements', '[]'::jsonb, 'graceMs', 0), '[]', true, state = 'gone'
    FROM (SELECT *, CASE WHEN untold_since IS NOT NULL THEN 'indeterminate' WHEN state = 'waiting' THEN 'fail-missing'
      ELSE settled_outcome END AS outcome FROM subjects WHERE state <> 'evidence' AND judged_seq > 0) s
    WHERE NOT EXISTS (SELECT FROM verdicts v WHERE v.subject_id = s.id)`,
    [policyRevision, trustEpoch],
  );
  await into.query(`
    INSERT INTO inbox_events (source_id, registry_id, received_at, state, event, repository, tag, subject_id, correlation_id)
    SELECT 'hook', registry_id, first_seen_at, 'accepted', '{}', repository, tags[1], id, correlation_id FROM subjects`);
  await into.query(`
    INSERT INTO known_evidence (subject_id, manifest, repository, counted, noted_at, noted_by)
    SELECT id, digest, '', true, first_seen_at, id FROM subjects ON CONFLICT DO NOTHING`);
  await into.query(`
    INSERT INTO index_children (parent_id, digest)
    SELECT id, 'sha256:' || encode(sha256(digest::bytea), 'hex') FROM subjects ON CONFLICT DO NOTHING`);
  await into.query(`
    INSERT INTO effects (subject_id, verdict_id, origin, kind, tag, state, created_at, done_at, registry_id, repository)
    SELECT s.id, v.id, 'verdict', CASE s.mark WHEN 'quarantined' THEN 'quarantine' ELSE 'release' END, 'quarantined-' || s.correlation_id, 'done', s.first_seen_at, s.first_seen_at,
      s.registry_id, s.repository
    FROM subjects s JOIN verdicts v ON v.subject_id = s.id WHERE v.is_current`);
  await into.query('VACUUM ANALYZE');
}

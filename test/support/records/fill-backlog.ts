import type pg from 'pg';

/** How much of each kind waits: ten times what a round looks at. */
export const BACKLOG = 10_000;
/** Half of it lies in one repository, before all others; the rest in so many. */
export const OTHER_REPOSITORIES = 500;

interface BacklogOptions {
  readonly now: Date;
  readonly policyRevision: string;
  readonly trustEpoch: number;
}

/** Fills a record, by a few statements, with so much of everything that a round of the sweeper may find. */
export async function fillBacklog(pool: pg.Pool, options: BacklogOptions): Promise<void> {
  const client = await pool.connect();
  try {
    // These take seconds, and longer where others are at work.
    await client.query('SET statement_timeout = 0');
    for (const kind of SUBJECTS) await fillSubjects(client, kind, options);
    await fillVerdicts(client, options);
    await fillEvents(client, options);
    await fillEffects(client, options);
    await client.query('VACUUM ANALYZE');
  } finally {
    client.release(true);
  }
}

interface Kind {
  readonly name: string;
  readonly state: string;
  readonly isAsked?: boolean;
  readonly isFound?: boolean;
  /** It waits for a time, which has come. */
  readonly isPlanned?: boolean;
}

const SUBJECTS: readonly Kind[] = [
  { name: 'asked', state: 'pending', isAsked: true },
  { name: 'found', state: 'pending', isAsked: true, isFound: true },
  { name: 'timed', state: 'waiting', isPlanned: true },
  // Asked for already, and not begun: what comes due with it must not be looked for among these.
  { name: 'timed and asked', state: 'waiting', isPlanned: true, isAsked: true },
  { name: 'absent', state: 'gone', isPlanned: true },
  { name: 'again', state: 'final', isPlanned: true },
  { name: 'outdated', state: 'final' },
  { name: 'outdated and asked', state: 'final', isAsked: true },
  { name: 'uncovered', state: 'artifact' },
  { name: 'parked', state: 'parked' },
];

const REPOSITORY = `'acme/app-' || CASE WHEN n <= ${BACKLOG / 2} THEN 0 ELSE 1 + n % ${OTHER_REPOSITORIES} END`;

async function fillSubjects(into: pg.PoolClient, kind: Kind, { now }: BacklogOptions): Promise<void> {
  const { name, state, isAsked = false, isFound = false, isPlanned = false } = kind;
  await into.query(
    `INSERT INTO subjects (id, registry_id, repository, digest, state, first_seen_at, correlation_id, requested_seq,
      started_seq, judged_seq, progress_at, next_check_at, is_found, uncovered_by, grace_from)
    SELECT encode(sha256(($1 || n)::bytea), 'hex'), 'prod', ${REPOSITORY}, 'sha256:' || encode(sha256(($1 || n)::bytea), 'hex'),
      $2, at, 'c' || n, 1 + $3::int, 1, 1, at, CASE WHEN $5 THEN at END, $4,
      CASE WHEN $2 = 'artifact' THEN 'before' END, at
    FROM (SELECT n, $6::timestamptz - interval '10 hours' + n * interval '1 second' AS at FROM generate_series(1, ${BACKLOG}) n) w`,
    [name, state, isAsked ? 1 : 0, isFound, isPlanned, now],
  );
}

async function fillVerdicts(into: pg.PoolClient, { now, policyRevision, trustEpoch }: BacklogOptions): Promise<void> {
  await into.query(
    `INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at, judged_at,
      verdict, findings, is_current)
    SELECT id, 'fail-missing', 'SIGNATURE_MISSING', true,
      CASE WHEN state = 'final' AND next_check_at IS NULL THEN 'before' ELSE $2 END, $3,
      progress_at, progress_at, jsonb_build_object('outcome', 'fail-missing', 'code', 'SIGNATURE_MISSING', 'reason', '',
        'policies', '[]'::jsonb, 'onFailure', 'alert', 'requirements', '[]'::jsonb, 'graceMs', 0), '[]', true
    FROM subjects WHERE state IN ('final', 'waiting') AND progress_at < $1`,
    [now, policyRevision, trustEpoch],
  );
}

async function fillEvents(into: pg.PoolClient, { now }: BacklogOptions): Promise<void> {
  await into.query(
    `INSERT INTO inbox_events (source_id, registry_id, received_at, tried_at, state, event, repository, tag, correlation_id)
    SELECT 'hook', 'prod', at, CASE WHEN tried THEN at + interval '9 hours' END, 'unresolved', '{}', ${REPOSITORY}, 'v1', 'c' || n
    FROM (SELECT n, tried, $1::timestamptz - interval '10 hours' + n * interval '1 second' AS at
      FROM generate_series(1, ${BACKLOG}) n, (VALUES (true), (false)) t (tried)) w`,
    [now],
  );
}

/** Writes, notices, and writes that a limit holds back, of which each repository's first has its turn. */
async function fillEffects(into: pg.PoolClient, { now }: BacklogOptions): Promise<void> {
  await into.query(
    `INSERT INTO effects (subject_id, verdict_id, origin, kind, tag, sink_id, announcement, state, due_at, created_at, registry_id,
      repository, limited_by, turn_since)
    SELECT v.subject_id, v.id, 'manual', CASE k WHEN 'notice' THEN 'notice' ELSE 'quarantine' END,
      CASE WHEN k <> 'notice' THEN 'quarantined-' || n END, CASE k WHEN 'notice' THEN 'slack' END,
      CASE k WHEN 'notice' THEN '{"kind": "failed"}'::jsonb END, CASE k WHEN 'limited' THEN 'held' ELSE 'pending' END,
      CASE WHEN k <> 'limited' OR n % ${BACKLOG / 2} <= ${OTHER_REPOSITORIES} THEN at END, at, 'prod', ${REPOSITORY},
      CASE k WHEN 'limited' THEN 'repository' END,
      CASE WHEN k = 'limited' AND n % ${BACKLOG / 2} <= ${OTHER_REPOSITORIES} THEN at END
    FROM (SELECT n, $1::timestamptz - interval '10 hours' + n * interval '1 second' AS at FROM generate_series(1, ${BACKLOG}) n) w
    CROSS JOIN (VALUES ('write'), ('notice'), ('limited')) s (k)
    JOIN (SELECT id, subject_id, row_number() OVER (ORDER BY id) AS n FROM verdicts) v USING (n)`,
    [now],
  );
}

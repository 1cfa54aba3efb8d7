import { type RawBuilder, sql } from 'kysely';
import { storableJson } from '../../kit/storable-json.ts';
import type { Decision, JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { MAX_KNOWN } from '../subjects/known-evidence.ts';
import { columnsAfter, type NewVerdict, type StateAfter, stateAfter } from './record-verdict.ts';

/** The first verdict on a subject, if nothing follows from it: what there is to write. */
export type FirstVerdict = NewVerdict & Omit<StateAfter, 'id'> & { readonly version: string; readonly proof: Proof };

interface Proof {
  readonly manifests: readonly string[];
  readonly repositories: readonly string[];
}

/** Verdicts that one statement writes at most. */
export const MOST_AT_ONCE = 16;

/** What of a decision is written with one statement; `undefined` for one that changes more than its subject. */
export function asFirstVerdict(start: JudgementStart, decision: Decision): FirstVerdict | undefined {
  const { subject, known = [], firstLook } = start;
  const { children, about = [], learnt = [], graceFrom, verdict, effects } = decision;
  const isAlone = children.length === 0 && about.length === 0 && graceFrom === undefined;
  if (firstLook === undefined || !isAlone || known.some(({ counted }) => counted)) return undefined;
  if (learnt.some(({ digest, lost }) => digest !== subject.digest || lost.length > 0)) return undefined;
  const proof = learnt.flatMap((one) => one.proof);
  if (known.length + proof.length > MAX_KNOWN) return undefined;
  const nothingSince = {
    untoldSince: null,
    quarantineUnderWay: false,
    markUnderWay: null,
    marksLost: 0,
    markMissing: false,
  };
  if (effects({ ...subject, ...nothingSince }).length > 0) return undefined;
  const { outcome, code } = verdict;
  const { findings, policyRevision, trustEpoch, final } = decision;
  return {
    ...stateAfter(start, decision),
    findings,
    policyRevision,
    trustEpoch,
    final,
    subjectId: subject.id,
    outcome,
    code,
    verdict: storableJson(verdict),
    version: firstLook,
    proof: {
      manifests: proof.map(({ manifest }) => manifest),
      repositories: proof.map(({ repository = '' }) => repository),
    },
  };
}

/**
 * Writes first verdicts in one statement, of subjects that are still as their first look began with them; false for each
 * other, of which nothing is written. Nobody can have asked for a registry write of them meanwhile, for there is none
 * without a verdict.
 */
export async function recordFirstVerdicts(
  db: Queryable,
  verdicts: readonly FirstVerdict[],
): Promise<readonly boolean[]> {
  const recorded = new Set((await record(db, { rows: toRows(verdicts) })).map((row) => row.subject_id));
  return verdicts.map(({ subjectId }) => recorded.has(subjectId));
}

/** What is JSON already is put in as it is: findings may be large. */
function toRows(verdicts: readonly FirstVerdict[]): string {
  const rows = verdicts.map(({ verdict, findings, proof, ...first }) => {
    const others = storableJson({ ...first, ...proof }).slice(0, -1);
    return `${others},"verdict":${verdict},"findings":${findings}}`;
  });
  return `[${rows.join()}]`;
}

/** Its members, as columns of a row. */
const MEMBERS = sql.raw(`"subjectId" text, version text, outcome text, code text, final boolean, "policyRevision" text,
  "trustEpoch" bigint, verdict jsonb, findings jsonb, manifests text[], repositories text[], sequence integer, state text,
  settled text, "couldNotTell" boolean, "isBuildAttestation" boolean, "artifactType" text, "isIndex" boolean,
  "hasPassed" boolean, "hasGaps" boolean, "untoldBy" text, "nextCheckAt" timestamptz, "isFailing" boolean, hidden text,
  now timestamptz`);

function columnOf<T>(name: string): RawBuilder<T> {
  return sql<T>`${sql.ref(`m.${name}`)}`;
}

function updating(db: Queryable) {
  return db
    .updateTable('subjects')
    .from(sql<object>`mine`.as('m'))
    .set(columnsAfter(columnOf))
    .where(sql<boolean>`subjects.ctid = m.at`);
}

// Each subject is looked up by itself, as its lock is taken, and one that somebody else holds is left to the long way: see
// `beginFirstLooks`.
const record = prepare('record_first_verdicts', (db, given: Given<{ rows: string }>) => ({
  compile: () =>
    sql<{ subject_id: string }>`
      WITH mine AS MATERIALIZED (
        SELECT t.at, g.*
        FROM (SELECT * FROM jsonb_to_recordset(${given('rows')}::jsonb) AS r(${MEMBERS}) LIMIT ${sql.lit(MOST_AT_ONCE)}) g
        CROSS JOIN LATERAL (
          SELECT ctid AS at FROM subjects WHERE id = g."subjectId" AND xmin = g.version::xid
          FOR NO KEY UPDATE SKIP LOCKED) t
      ), changed AS (
        ${updating(db)} RETURNING id
      ), learnt AS (
        INSERT INTO known_evidence (subject_id, manifest, repository, counted, noted_at, noted_by)
        SELECT DISTINCT m."subjectId", k.manifest, k.repository, true, m.now, m."subjectId"
        FROM mine m JOIN changed ON changed.id = m."subjectId" CROSS JOIN LATERAL unnest(m.manifests, m.repositories) AS k(manifest, repository)
        ON CONFLICT (subject_id, manifest, repository)
          DO UPDATE SET counted = true, noted_by = excluded.noted_by
      )
      INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at, judged_at,
        verdict, findings, is_current)
      SELECT "subjectId", outcome, code, final, "policyRevision", "trustEpoch", now, now, verdict, findings, true
      FROM mine m JOIN changed ON changed.id = m."subjectId"
      RETURNING subject_id`.compile(db),
}));

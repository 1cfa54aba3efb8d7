import { sql } from 'kysely';
import { storableJson } from '../../kit/storable-json.ts';
import type { Decision, JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { MAX_KNOWN } from '../subjects/known-evidence.ts';
import { type NewVerdict, type StateAfter, stateAfter, updatingState } from './record-verdict.ts';

/** The first verdict on a subject, if nothing follows from it: what there is to write. */
export type FirstVerdict = NewVerdict & StateAfter & { readonly version: string; readonly proof: Proof };

interface Proof {
  readonly manifests: readonly string[];
  readonly repositories: readonly string[];
}

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
 * Writes it, if the subject is still as its first look began with it; false, and nothing, if not. Nobody can have asked
 * for a registry write of it meanwhile, for there is none without a verdict.
 */
export async function recordFirstVerdict(db: Queryable, { proof, ...first }: FirstVerdict): Promise<boolean> {
  return (await record(db, { ...first, ...proof })).length > 0;
}

const record = prepare('record_first_verdict', (db, given: Given<Omit<FirstVerdict, 'proof'> & Proof>) =>
  db
    .with('changed', () =>
      updatingState(db, given)
        .where(sql<boolean>`xmin = ${given('version')}::xid`)
        .returning('id'),
    )
    .with('learnt', (cte) =>
      cte
        .insertInto('known_evidence')
        .columns(['subject_id', 'manifest', 'repository', 'counted', 'noted_at', 'noted_by'])
        .expression(
          sql`SELECT DISTINCT changed.id, k.manifest, k.repository, true, ${given('now')}::timestamptz, changed.id
            FROM changed, unnest(${given('manifests')}::text[], ${given('repositories')}::text[]) AS k(manifest, repository)`,
        )
        .onConflict((conflict) =>
          conflict
            .columns(['subject_id', 'manifest', 'repository'])
            .doUpdateSet((eb) => ({ counted: true, noted_by: eb.ref('excluded.noted_by') })),
        ),
    )
    .insertInto('verdicts')
    .columns([
      'subject_id',
      'outcome',
      'code',
      'final',
      'policy_revision',
      'trust_epoch',
      'first_judged_at',
      'judged_at',
      'verdict',
      'findings',
      'is_current',
    ])
    .expression((eb) =>
      eb
        .selectFrom('changed')
        .select([
          'changed.id',
          given('outcome').as('outcome'),
          given('code').as('code'),
          given('final').as('final'),
          given('policyRevision').as('policy_revision'),
          given('trustEpoch').as('trust_epoch'),
          given('now').as('first_judged_at'),
          given('now').as('judged_at'),
          given('verdict').as('verdict'),
          given('findings').as('findings'),
          sql<boolean>`true`.as('is_current'),
        ]),
    )
    .returning('id'),
);

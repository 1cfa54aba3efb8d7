import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import type { KnownEvidence, LearntEvidence } from '../../domain/evidence.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';

/**
 * Of one subject: what counted first, then the newest of what was only announced, which anybody may do without end.
 */
export const MAX_KNOWN = 64;

/** Evidence as a row of subjects is read with it, `null` if none is known. */
export type KnownEvidenceJson = readonly { readonly manifest: Digest; repository: string; counted: boolean }[] | null;

/** What is known of the evidence of the subject `s`, as JSON: one statement reads both. */
export function selectKnownEvidence() {
  return sql<KnownEvidenceJson>`(SELECT json_agg(k) FROM (
    SELECT manifest, repository, counted FROM known_evidence WHERE subject_id = s.id
    ORDER BY counted DESC, noted_at DESC, manifest LIMIT ${sql.lit(MAX_KNOWN)}) k)`;
}

export function toKnownEvidence(rows: KnownEvidenceJson): readonly KnownEvidence[] {
  return (rows ?? []).map(({ manifest, repository, counted }) => {
    return { manifest, ...(repository !== '' && { repository }), counted };
  });
}

const findKnown = prepare('find_evidence', (db, given: Given<{ id: string }>) =>
  db
    .selectFrom(sql<{ id: string }>`(SELECT ${given('id')}::text AS id)`.as('s'))
    .select(selectKnownEvidence().as('known')),
);

/** What is known of the evidence about something that need not be on record. */
export async function findEvidence(db: Queryable, subjectId: string): Promise<readonly KnownEvidence[]> {
  const [row] = await findKnown(db, { id: subjectId });
  return toKnownEvidence(row?.known ?? null);
}

/** Evidence about one subject. */
interface Noted {
  readonly subjectId: string;
  readonly known: readonly KnownEvidence[];
}

interface Noting {
  /** The subject whose judgement found it: forgotten, it takes what it noted along. */
  readonly by: string;
  readonly now: Date;
}

/** Notes evidence; what counted once stays so. Of each subject only as much is kept as is ever read. */
export async function noteEvidence(db: Queryable, noted: readonly Noted[], { by, now }: Noting): Promise<void> {
  const rows = noted.flatMap(({ subjectId, known }) =>
    known.map(({ manifest, repository = '', counted }) => {
      return { subject_id: subjectId, manifest, repository, counted, noted_at: now, noted_by: by };
    }),
  );
  if (rows.length === 0) return;
  await db
    .insertInto('known_evidence')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['subject_id', 'manifest', 'repository'])
        .doUpdateSet({ counted: true, noted_by: by })
        .where(sql<boolean>`excluded.counted`),
    )
    .execute();
  await prune(
    db,
    noted.map(({ subjectId }) => subjectId),
  );
}

async function prune(db: Queryable, subjectIds: readonly string[]): Promise<void> {
  await sql`DELETE FROM known_evidence k USING (
      SELECT ctid, row_number() OVER (PARTITION BY subject_id ORDER BY counted DESC, noted_at DESC, manifest) AS place
      FROM known_evidence WHERE subject_id = any(${subjectIds})) ranked
    WHERE k.ctid = ranked.ctid AND ranked.place > ${sql.lit(MAX_KNOWN)}`.execute(db);
}

type Learnt = LearntEvidence & Pick<Noted, 'subjectId'>;

/**
 * Records what a look has learnt: what proved a pass, that what did before is no proof any more (it may be needed again,
 * and is kept as what is merely announced), and what the registry says it does not have.
 */
export async function learnEvidence(db: Queryable, learnt: readonly Learnt[], noting: Noting): Promise<void> {
  const bySubject = Map.groupBy(learnt, ({ subjectId }) => subjectId);
  // In one order: an image in two indexes is learnt of by the looks at both.
  for (const [subjectId, ones] of [...bySubject].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = ones.flatMap(({ proof }) => proof);
    if (known.length > 0) await keepAsAnnounced(db, subjectId, known);
    await noteEvidence(db, [{ subjectId, known: distinct(known) }], noting);
    for (const { lost } of ones) await forgetEvidence(db, subjectId, lost);
  }
}

async function keepAsAnnounced(db: Queryable, subjectId: string, proof: readonly KnownEvidence[]): Promise<void> {
  await db
    .updateTable('known_evidence')
    .set({ counted: false })
    .where('subject_id', '=', subjectId)
    .where('counted', '=', true)
    .where((eb) => eb.not(eb.or(proof.map(({ manifest, repository = '' }) => eb.and({ manifest, repository })))))
    .execute();
}

// A statement may touch a row once.
function distinct(known: readonly KnownEvidence[]): readonly KnownEvidence[] {
  return [...new Map(known.map((item) => [`${item.repository} ${item.manifest}`, item])).values()];
}

/** Forgets evidence that the registry says it does not have. */
async function forgetEvidence(db: Queryable, subjectId: string, lost: readonly KnownEvidence[]): Promise<void> {
  for (const { manifest, repository = '' } of lost) {
    await db
      .deleteFrom('known_evidence')
      .where('subject_id', '=', subjectId)
      .where('manifest', '=', manifest)
      .where('repository', '=', repository)
      .execute();
  }
}

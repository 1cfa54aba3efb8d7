import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import type { KnownEvidence } from '../../domain/evidence.ts';
import type { Queryable } from '../database.ts';

// What counted first, then the newest of what was only announced, which anybody may do without end.
const MAX_KNOWN = 64;

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

/** Notes evidence of these subjects; what counted once stays so. */
export async function noteEvidence(
  db: Queryable,
  subjectIds: readonly string[],
  { known, now }: { readonly known: readonly KnownEvidence[]; readonly now: Date },
): Promise<void> {
  const rows = subjectIds.flatMap((subject_id) =>
    known.map(({ manifest, repository = '', counted }) => ({
      subject_id,
      manifest,
      repository,
      counted,
      noted_at: now,
    })),
  );
  if (rows.length === 0) return;
  await db
    .insertInto('known_evidence')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['subject_id', 'manifest', 'repository'])
        .doUpdateSet({ counted: true })
        .where(sql<boolean>`excluded.counted AND NOT known_evidence.counted`),
    )
    .execute();
}

/** Forgets evidence that the registry says it does not have. */
export async function forgetEvidence(db: Queryable, subjectId: string, lost: readonly KnownEvidence[]): Promise<void> {
  for (const { manifest, repository = '' } of lost) {
    await db
      .deleteFrom('known_evidence')
      .where('subject_id', '=', subjectId)
      .where('manifest', '=', manifest)
      .where('repository', '=', repository)
      .execute();
  }
}

import type { EffectRecord } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { findSubjectRow, toSubjectRecord } from '../subjects/subject-row.ts';

/** Reads one effect with its subject as it stands and, for a notice, the registry effect it tells about. */
export async function readEffect(
  db: Queryable,
  id: number,
  counted: Pick<EffectRecord, 'lastHour' | 'undone'>,
): Promise<EffectRecord | null> {
  const row = await db.selectFrom('effects').selectAll().where('id', '=', id).executeTakeFirst();
  const subject = row && (await findSubjectRow(db, row.subject_id));
  if (row === undefined || subject === undefined) return null;
  return {
    id: String(row.id),
    kind: row.kind,
    state: row.state,
    subject: toSubjectRecord(subject),
    verdictId: row.verdict_id === null ? null : String(row.verdict_id),
    tag: row.tag,
    sinkId: row.sink_id,
    announcement: row.announcement,
    attempts: row.attempts,
    manual: row.origin === 'manual',
    replyUnknown: row.reply_unknown,
    ...counted,
    registryEffect: row.after_effect === null ? null : await readRegistryEffect(db, row.after_effect),
  };
}

async function readRegistryEffect(db: Queryable, id: number): Promise<EffectRecord['registryEffect']> {
  const row = await db
    .selectFrom('effects')
    .select(['kind', 'state', 'tag', 'result', 'error'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.kind === 'notice') return null;
  return { kind: row.kind, state: row.state, tag: row.tag ?? '', result: row.result, error: row.error };
}

import type { EffectRecord } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { findSubjectRow, toSubjectRecord } from '../subjects/subject-row.ts';
import { readGroup } from './read-group.ts';
import { readRegistryEffect } from './read-registry-effect.ts';

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
    together: row.kind === 'notice' ? await readGroup(db, row.id) : null,
    registryEffect: await readRegistryEffect(db, row.after_effect),
  };
}

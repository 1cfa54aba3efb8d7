import type { Selectable } from 'kysely';
import type { EffectRecord } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import type { EffectsTable } from '../schema.ts';
import { findSubjectRow, toSubjectRecord } from '../subjects/subject-row.ts';
import { type AskedHour, countLastHour } from './count-last-hour.ts';
import { countUndone } from './count-undone.ts';
import { readGroup } from './read-group.ts';
import { readRegistryEffect } from './read-registry-effect.ts';
import { requireColumn } from './require-column.ts';

/**
 * Reads one effect that was just begun, with its subject as it stands and what its kind needs to be made.
 * @throws {FaultError} `RECORD_MALFORMED`
 */
export async function readEffect(db: Queryable, id: number, asked: AskedHour): Promise<EffectRecord | null> {
  const row = await db.selectFrom('effects').selectAll().where('id', '=', id).executeTakeFirst();
  const subject = row && (await findSubjectRow(db, row.subject_id));
  if (row === undefined || subject === undefined) return null;
  const begun = {
    id: String(row.id),
    subject: toSubjectRecord(subject),
    attempts: row.attempts,
    replyUnknown: row.reply_unknown,
  };
  switch (row.kind) {
    case 'quarantine':
      return {
        ...begun,
        kind: row.kind,
        ...toMark(row),
        resumed: row.resumed_by !== null,
        lastHour: await countLastHour(db, row, asked),
      };
    case 'release':
      return { ...begun, kind: row.kind, ...toMark(row) };
    case 'undo':
      return {
        ...begun,
        kind: row.kind,
        tag: requireColumn(row, 'tag'),
        undone: await countUndone(db, row, asked.now),
      };
    case 'notice':
      return {
        ...begun,
        kind: row.kind,
        sinkId: requireColumn(row, 'sink_id'),
        announcement: requireColumn(row, 'announcement'),
        together: await readGroup(db, row.id),
        registryEffect: await readRegistryEffect(db, row.after_effect),
      };
  }
}

function toMark(row: Selectable<EffectsTable>) {
  const verdictId = String(requireColumn(row, 'verdict_id'));
  return { tag: requireColumn(row, 'tag'), verdictId, manual: row.origin === 'manual' };
}

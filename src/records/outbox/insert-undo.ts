import type { Digest } from '../../domain/digest.ts';
import { subjectKey } from '../../domain/subject.ts';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { REF_COLUMNS, toEffectRef } from './effect-ref.ts';

/** A tag of ours that an event tells of, and the image it is to be put right for. */
export interface UndoToInsert {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly tag: string;
  readonly now: Date;
}

/**
 * Asks for a tag of ours to be corrected, inside the caller's transaction, which has locked the image. However often
 * the tag is announced before that is done, it is asked for once.
 */
export async function insertUndo(db: Queryable, { tag, now, ...subject }: UndoToInsert): Promise<readonly EffectRef[]> {
  const id = subjectKey(subject);
  const open = await db
    .selectFrom('subjects as s')
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('effects')
            .select('effects.id')
            .whereRef('effects.subject_id', '=', 's.id')
            .where('kind', '=', 'undo')
            .where('tag', '=', tag)
            // An undo that has begun may have looked before this event, so it does not count.
            .where('effects.state', 'in', ['pending', 'held']),
        )
        .as('exists'),
    )
    .where('s.id', '=', id)
    .executeTakeFirst();
  if (open === undefined || open.exists) return [];
  const row = await db
    .insertInto('effects')
    .values({
      registry_id: subject.registryId,
      repository: subject.repository,
      subject_id: id,
      verdict_id: null,
      origin: 'event',
      requested_by: null,
      kind: 'undo',
      tag,
      sink_id: null,
      announcement: null,
      state: 'pending',
      due_at: now,
      after_effect: null,
      blocked_until: null,
      result: null,
      error: null,
      created_at: now,
      started_at: null,
      done_at: null,
    })
    .returning(REF_COLUMNS)
    .executeTakeFirstOrThrow();
  return [toEffectRef(row)];
}

import { sql } from 'kysely';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Timings } from '../../domain/timings.ts';
import type { Indexes, OpenIndex } from '../../ports/indexes.ts';
import type { Queryable } from '../database.ts';

type When = Parameters<Indexes['findOpenIndex']>[1] & Pick<Timings, 'lostAfterMs'>;

/** Whether something open in this repository may be an index that lists the subject; see `Indexes.findOpenIndex`. */
export async function findOpenIndex(db: Queryable, subject: Subject, when: When): Promise<OpenIndex | null> {
  const kinds = [await findSubject(db, subject, when), await findEvent(db, subject, when)];
  return kinds.find((kind) => kind === 'open') ?? kinds.find((kind) => kind === 'untold') ?? null;
}

async function findSubject(db: Queryable, subject: Subject, { announcedBefore }: When): Promise<OpenIndex | null> {
  const { registryId, repository, digest } = subject;
  const isUntold = sql<boolean>`coalesce(v.outcome = 'indeterminate', false)`;
  const open = await db
    .selectFrom('subjects as s')
    // For each of the few that are open: a join by the planner's guess read all verdicts of a million images.
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('verdicts')
          .select('outcome')
          .whereRef('subject_id', '=', 's.id')
          .where('is_current', '=', true)
          .limit(1)
          .as('v'),
      (join) => join.onTrue(),
    )
    .select(isUntold.as('is_untold'))
    .where('s.registry_id', '=', registryId)
    .where('s.repository', '=', repository)
    .where('s.state', 'in', ['pending', 'waiting'])
    .where('s.first_seen_at', '<', announcedBefore)
    .where('s.id', '!=', subjectKey(subject))
    .where((eb) => {
      const children = eb.selectFrom('index_children as c').select('c.digest').whereRef('c.parent_id', '=', 's.id');
      // Nobody has looked at it, or the look ended before its manifest was read, so what it lists is unknown.
      const isUnread = eb.and([
        eb('s.is_index', 'is', null),
        eb.or([eb('s.state', '=', 'pending'), eb('v.outcome', '=', 'indeterminate')]),
      ]);
      return eb.or([isUnread, eb.exists(children.where('c.digest', '=', digest))]);
    })
    .orderBy(isUntold)
    .limit(1)
    .executeTakeFirst();
  if (open === undefined) return null;
  return open.is_untold ? 'untold' : 'open';
}

/**
 * Finds an event whose tag is not resolved. After the time of a judgement it counts as one that could not be judged.
 */
async function findEvent(
  db: Queryable,
  { registryId, repository }: Subject,
  { announcedBefore, now, lostAfterMs }: When,
): Promise<OpenIndex | null> {
  const unresolved = await db
    .selectFrom('inbox_events')
    .select('received_at')
    .where('state', '=', 'unresolved')
    .where('registry_id', '=', registryId)
    .where('repository', '=', repository)
    .where('received_at', '<', announcedBefore)
    .orderBy('received_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (unresolved === undefined) return null;
  return now.getTime() - unresolved.received_at.getTime() > lostAfterMs ? 'untold' : 'open';
}

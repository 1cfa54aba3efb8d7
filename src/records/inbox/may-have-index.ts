import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Queryable } from '../database.ts';

/** Whether something open in this repository may be an index that lists the subject; see `SubjectStore.mayHaveIndex`. */
export async function mayHaveIndex(db: Queryable, subject: Subject, announcedBefore: Date): Promise<boolean> {
  const { registryId, repository, digest } = subject;
  const open = await db
    .selectFrom('subjects as s')
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 's.id').on('v.is_current', '=', true))
    .select('s.id')
    .where('s.registry_id', '=', registryId)
    .where('s.repository', '=', repository)
    .where('s.state', 'in', ['pending', 'waiting'])
    .where('s.first_seen_at', '<', announcedBefore)
    .where('s.id', '!=', subjectKey(subject))
    .where((eb) => {
      const children = eb.selectFrom('index_children as c').select('c.digest').whereRef('c.parent_id', '=', 's.id');
      return eb.or([
        // Nobody has looked, or the look ended before its manifest was read: what it lists is not known.
        eb('s.state', '=', 'pending'),
        eb.and([eb('v.outcome', '=', 'indeterminate'), eb.not(eb.exists(children))]),
        eb.exists(children.where('c.digest', '=', digest)),
      ]);
    })
    .limit(1)
    .executeTakeFirst();
  if (open !== undefined) return true;
  const unresolved = await db
    .selectFrom('inbox_events')
    .select('id')
    .where('state', '=', 'unresolved')
    .where('registry_id', '=', registryId)
    .where('repository', '=', repository)
    .where('received_at', '<', announcedBefore)
    .limit(1)
    .executeTakeFirst();
  return unresolved !== undefined;
}

import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { type SubjectRow, selectSubjects } from './subject-row.ts';

interface Mark {
  readonly registryId: string;
  readonly repository: string;
  readonly tag: string;
}

const find = prepare('find_marked', (db, given: Given<Mark>) =>
  selectSubjects(db)
    .where('s.id', 'in', (eb) =>
      eb
        .selectFrom('subjects as marked')
        .select('marked.id')
        .where('marked.registry_id', '=', given('registryId'))
        .where('marked.repository', '=', given('repository'))
        .where('marked.mark_tag', '=', given('tag'))
        .unionAll(
          eb
            .selectFrom('effects as e')
            .select('e.subject_id as id')
            .where('e.tag', '=', given('tag'))
            .where('e.kind', 'in', ['quarantine', 'release'])
            .where('e.state', 'in', ['sending', 'done']),
        ),
    )
    .where('s.registry_id', '=', given('registryId'))
    .where('s.repository', '=', given('repository'))
    // Whose mark it is before whose mark it was.
    .orderBy(sql`s.mark = 'quarantined' AND s.mark_tag IS NOT DISTINCT FROM ${given('tag')}`, 'desc')
    .orderBy('s.marked_at', (order) => order.desc().nullsLast())
    .limit(1),
);

/**
 * Finds who carries a tag of ours in a repository. Looks at the marks recorded, and at the writes begun: a registry may
 * announce our own tag before its answer to the write has reached the record.
 */
export async function findMarked(db: Queryable, mark: Mark): Promise<SubjectRow | undefined> {
  const [row] = await find(db, mark);
  return row;
}

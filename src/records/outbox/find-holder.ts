import { sql } from 'kysely';
import type { EffectOutbox } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { selectSubjects, toSubjectRecord } from '../subjects/subject-row.ts';

interface Name {
  readonly registryId: string;
  readonly repository: string;
  readonly tag: string;
  readonly except: string;
}

const find = prepare('find_holder', (db, given: Given<Name>) =>
  selectSubjects(db)
    .select(sql<boolean>`s.mark = 'quarantined' AND s.mark_tag = ${given('tag')}`.as('is_marked'))
    .where('s.registry_id', '=', given('registryId'))
    .where('s.repository', '=', given('repository'))
    .where('s.id', '!=', given('except'))
    // Each is found by an index of its own; one condition with "or" would read the repository.
    .where('s.id', 'in', marked(db, given).union(beingMarked(db, given)))
    .orderBy('is_marked', 'desc')
    .orderBy('s.marked_at', (order) => order.desc().nullsLast())
    .limit(1),
);

function marked(db: Queryable, given: Given<Name>) {
  return db
    .selectFrom('subjects as m')
    .select('m.id')
    .where('m.registry_id', '=', given('registryId'))
    .where('m.repository', '=', given('repository'))
    .where('m.mark', '=', 'quarantined')
    .where('m.mark_tag', '=', given('tag'));
}

function beingMarked(db: Queryable, given: Given<Name>) {
  return db
    .selectFrom('effects as e')
    .select('e.subject_id as id')
    .where('e.tag', '=', given('tag'))
    .where('e.kind', '=', 'quarantine')
    .where((each) =>
      each.or([
        each('e.state', '=', 'sending'),
        each.and([each('e.state', 'in', ['pending', 'held']), each('e.reply_unknown', '=', true)]),
      ]),
    );
}

/** Finds whose mark a name is: on record as such, or with a write under way whose end is not known. */
export async function findHolder(
  db: Queryable,
  ...[name, other]: Parameters<EffectOutbox['findHolder']>
): ReturnType<EffectOutbox['findHolder']> {
  const [row] = await find(db, { ...name, except: other?.except ?? '' });
  return row === undefined ? null : { subject: toSubjectRecord(row), isMarked: row.is_marked };
}

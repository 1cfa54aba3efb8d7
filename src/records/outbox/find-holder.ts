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
    .where((eb) =>
      eb.or([
        eb.and([eb('s.mark', '=', 'quarantined'), eb('s.mark_tag', '=', given('tag'))]),
        eb(
          's.id',
          'in',
          eb
            .selectFrom('effects as e')
            .select('e.subject_id')
            .where('e.tag', '=', given('tag'))
            .where('e.kind', '=', 'quarantine')
            .where((each) =>
              each.or([
                each('e.state', '=', 'sending'),
                each.and([each('e.state', 'in', ['pending', 'held']), each('e.reply_unknown', '=', true)]),
              ]),
            ),
        ),
      ]),
    )
    .orderBy('is_marked', 'desc')
    .orderBy('s.marked_at', (order) => order.desc().nullsLast())
    .limit(1),
);

/** Finds whose mark a name is: on record as such, or with a write under way whose end is not known. */
export async function findHolder(
  db: Queryable,
  ...[name, other]: Parameters<EffectOutbox['findHolder']>
): ReturnType<EffectOutbox['findHolder']> {
  const [row] = await find(db, { ...name, except: other?.except ?? '' });
  return row === undefined ? null : { subject: toSubjectRecord(row), isMarked: row.is_marked };
}

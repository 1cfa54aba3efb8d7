import { CONCERN_KINDS } from '../../domain/concern-kind.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { LeftConcerns } from '../../ports/left-concerns.ts';
import type { Database } from '../database.ts';

/** Creates the place where processes leave concerns for one that tells people. */
export function createLeftConcerns(database: Database): LeftConcerns {
  return {
    leave({ id, kind, problem }, now) {
      const text = storableText(problem);
      return database.run(async (db) => {
        await db
          .insertInto('left_concerns')
          .values({ about: id, kind, problem: text, left_at: now })
          .onConflict((conflict) => conflict.columns(['about', 'kind']).doUpdateSet({ problem: text, left_at: now }))
          .execute();
      });
    },
    read: () =>
      database.run(async (db) => {
        const rows = await db.selectFrom('left_concerns').selectAll().orderBy('left_at').execute();
        return rows.flatMap(({ about: id, kind, problem, left_at: leftAt }) => {
          // A newer Lazaret may know more of them, and tells of those itself.
          const known = CONCERN_KINDS.find((each) => each === kind);
          return known === undefined ? [] : [{ id, kind: known, problem, leftAt }];
        });
      }),
    takeAway: ({ id, kind, leftAt }) =>
      database.run(async (db) => {
        await db
          .deleteFrom('left_concerns')
          .where('about', '=', id)
          .where('kind', '=', kind)
          .where('left_at', '<=', leftAt)
          .execute();
      }),
  };
}

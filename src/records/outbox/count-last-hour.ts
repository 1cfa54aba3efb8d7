import type { EffectRecord } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { latestHonest } from '../subjects/clock-ahead.ts';

const HOUR_MS = 3_600_000;

type LastHour = NonNullable<EffectRecord['lastHour']>;

/** Counts what the breaker looks at, for one effect that was just begun and is left out. */
export async function countLastHour(
  db: Queryable,
  effect: { readonly id: number; readonly subject_id: string },
  now: Date,
): Promise<LastHour> {
  const since = new Date(now.getTime() - HOUR_MS);
  const until = latestHonest(now);
  const row = await db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('effects')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('kind', '=', 'quarantine')
        .where('id', '!=', effect.id)
        .where((each) => {
          const wasDone = each.and([each('state', '=', 'done'), each.between('done_at', since, until)]);
          // One that is being written may have been written already.
          const isDoing = each.and([each('state', '=', 'sending'), each.between('started_at', since, until)]);
          return each.or([wasDone, isDoing]);
        })
        .$asScalar()
        .as('quarantines'),
      eb
        .selectFrom('verdicts')
        .select(({ fn }) => fn.count<number>('subject_id').distinct().as('count'))
        .where((each) => each.between('judged_at', since, until))
        .$asScalar()
        .as('judged'),
      eb
        .selectFrom('effects')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('subject_id', '=', effect.subject_id)
        .where('kind', '!=', 'notice')
        .where('id', '!=', effect.id)
        .where('state', '=', 'done')
        .where((each) => each.between('done_at', since, until))
        .$asScalar()
        .as('writesOfSubject'),
    ])
    .executeTakeFirstOrThrow();
  return {
    quarantines: row.quarantines ?? 0,
    judged: row.judged ?? 0,
    writesOfSubject: row.writesOfSubject ?? 0,
  };
}

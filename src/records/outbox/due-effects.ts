import { type RawBuilder, sql } from 'kysely';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { createLaneReader, inTurn, type ReadLanes, type WaitingRow } from '../lanes.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { REF_COLUMNS, type RefRow, toEffectRef } from './effect-ref.ts';

/** Of each share, so many are looked at before repositories take turns: what is read and sent in 5 ms. */
const POOL = 1_000;

type DueRow = WaitingRow & RefRow;

const WAITING: RawBuilder<boolean> = sql`state IN ('pending', 'held') AND due_at IS NOT NULL`;

interface Share {
  readonly which: RawBuilder<boolean>;
  readonly party: 'registry_id' | 'sink_id';
  readonly readLanes?: ReadLanes<DueRow>;
}

function createShares(): readonly Share[] {
  const inLanes = (which: RawBuilder<boolean>, party: Share['party']): Share => ({
    which,
    party,
    readLanes: createLaneReader<DueRow>({
      table: 'effects',
      party,
      where: sql`${which} AND ${WAITING}`,
      due: sql`due_at`,
      columns: REF_COLUMNS,
    }),
  });
  return [
    inLanes(sql`kind <> 'notice' AND limited_by IS NULL`, 'registry_id'),
    // Of what limits hold back only the first of each repository has a time.
    { which: sql`limited_by IS NOT NULL`, party: 'registry_id' },
    inLanes(sql`kind = 'notice'`, 'sink_id'),
  ];
}

interface Asked {
  readonly now: Date;
  readonly limit: number;
  /** How long an effect that began may take. */
  readonly leaseMs: number;
}

/**
 * Creates the search for effects that are due. Repositories take turns, by registry or sink. Each kind has its own share:
 * thousands of notices to a sink that is down must not delay a quarantine, or the reverse, and quarantines that limits
 * hold back must not delay others.
 */
export function createFindDue(): (db: Queryable, asked: Asked) => Promise<readonly EffectRef[]> {
  const shares = createShares();
  return async (db, asked) => {
    const due: EffectRef[] = [];
    for (const share of shares) {
      const first = await readDue(db, share, asked);
      const only = sql<boolean>`due_at <= ${asked.now}`;
      // Where more is due than is looked at, also the first of each repository: none stands behind another's thousands.
      const lanes = first.length < POOL ? undefined : await share.readLanes?.(db, { most: asked.limit, only });
      due.push(...inTurn([...first, ...(lanes?.rows ?? [])], asked.limit).map(toEffectRef));
    }
    return due;
  };
}

async function readDue(db: Queryable, { which, party }: Share, { now, leaseMs }: Asked): Promise<readonly DueRow[]> {
  const since = sql`coalesce(started_at, created_at)`;
  const of = (when: RawBuilder<boolean>, by: RawBuilder<unknown>) => sql`
    (SELECT ${sql.join(REF_COLUMNS.map((column) => sql.ref(column)))}, ${sql.ref(party)} AS party,
      coalesce(due_at, started_at, created_at) AS due
    FROM effects WHERE ${which} AND ${when} ORDER BY ${by} LIMIT ${sql.lit(POOL)})`;
  const lentBefore = new Date(now.getTime() - leaseMs);
  const { rows } = await sql<DueRow>`
    ${of(sql`${WAITING} AND due_at <= ${now}`, sql`due_at`)} UNION ALL
    ${of(sql`state = 'sending' AND started_at <= ${lentBefore}`, sql`started_at`)} UNION ALL
    ${of(sql`state IN ('pending', 'sending', 'held') AND ${since} > ${latestPlausible(now)}`, since)}`.execute(db);
  return rows;
}

import type { BaselineRecord, BaselineReport } from '../../ports/baseline-record.ts';
import type { SweepPlace } from '../../ports/sweep-record.ts';
import type { Database, Queryable } from '../database.ts';

/** Creates the reading of baselines. */
export function createBaselineRecord(database: Database): BaselineRecord {
  return {
    readReports: () => database.run(readReports),
    noteTold: ({ sourceId, registryId }, now) =>
      database.run(async (db) => {
        await db
          .updateTable('sweeps')
          .set({ baseline_told_at: now })
          .where('source_id', '=', sourceId)
          .where('registry_id', '=', registryId)
          .execute();
      }),
  };
}

async function readReports(db: Queryable): Promise<readonly BaselineReport[]> {
  const places = await db
    .selectFrom('sweeps')
    .select(['source_id as sourceId', 'registry_id as registryId'])
    .where('baseline_ended_at', 'is not', null)
    .where('baseline_told_at', 'is', null)
    .execute();
  const reports: BaselineReport[] = [];
  for (const place of places) reports.push(...(await readReport(db, place)));
  return reports;
}

/** There is no report while one of its images waits for its verdict. */
async function readReport(db: Queryable, place: SweepPlace): Promise<readonly BaselineReport[]> {
  // Asked every few seconds until all are judged, so they are counted only then.
  if (await isOpen(db, place)) return [];
  const rows = await db
    .selectFrom('subjects as s')
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 's.id').on('v.is_current', '=', true))
    .select((eb) => ['s.state', 'v.outcome', 'v.code', eb.fn.countAll<number>().as('count')])
    .where('s.registry_id', '=', place.registryId)
    .where('s.baseline', 'is not', null)
    .where('s.state', 'in', ['pending', 'waiting', 'final'])
    .groupBy(['s.state', 'v.outcome', 'v.code'])
    .execute();
  const sum = (of: typeof rows): number => of.reduce((total, { count }) => total + Number(count), 0);
  const failing = rows.filter(({ state, outcome }) => state === 'final' && outcome !== 'pass');
  return [
    {
      ...place,
      images: sum(rows),
      untold: sum(rows.filter(({ state }) => state !== 'final')),
      failing: failing
        .map(({ code, count }) => ({ code: code ?? '', count: Number(count) }))
        .toSorted((a, b) => b.count - a.count),
    },
  ];
}

async function isOpen(db: Queryable, { registryId }: SweepPlace): Promise<boolean> {
  const open = await db
    .selectFrom('subjects as s')
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 's.id').on('v.is_current', '=', true))
    .select('s.id')
    .where('s.registry_id', '=', registryId)
    .where('s.state', 'in', ['pending', 'waiting'])
    .where('s.baseline', 'is not', null)
    .where((eb) => eb.or([eb('v.outcome', 'is', null), eb('v.outcome', '!=', 'indeterminate')]))
    .limit(1)
    .executeTakeFirst();
  return open !== undefined;
}

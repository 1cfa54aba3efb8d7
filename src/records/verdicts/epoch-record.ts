import { sql } from 'kysely';
import type { EpochRecord } from '../../ports/epoch-record.ts';
import type { Database, Queryable } from '../database.ts';

// Any constant will do as long as all our processes share it: "epch" in ASCII.
const EPOCHS_LOCK = 0x65706368;
/** Processes say every ten seconds what they use; one that has not for a minute is gone. */
const GONE: ReturnType<typeof sql<Date>> = sql<Date>`now() - interval '60 seconds'`;

/** Creates the place where processes agree on trust epochs. Time is the database's, whatever their clocks say. */
export function createEpochRecord(database: Database): EpochRecord {
  return {
    claim: (content, least) =>
      database.transact(async (db) => {
        const newest = await lockNewest(db);
        return newest?.content === content ? use(db, newest.epoch) : add(db, content, above(newest, least));
      }),
    keep: (content, epoch, least) =>
      database.transact(async (db) => {
        const newest = await lockNewest(db);
        if (newest === undefined || (newest.content === content && newest.epoch < epoch))
          return add(db, content, epoch);
        if (newest.content === content) return use(db, newest.epoch);
        return newest.isUsed ? use(db, epoch) : add(db, content, above(newest, least));
      }),
    newest: () =>
      database.run(async (db) => {
        const { newest } = await db
          .selectFrom('trust_epochs')
          .select(({ fn }) => fn.max('epoch').as('newest'))
          .executeTakeFirstOrThrow();
        return Number(newest ?? 0);
      }),
  };
}

interface Newest {
  readonly epoch: number;
  readonly content: string;
  readonly isUsed: boolean;
}

/** One process at a time decides. */
async function lockNewest(db: Queryable): Promise<Newest | undefined> {
  await sql`SELECT pg_advisory_xact_lock(${EPOCHS_LOCK})`.execute(db);
  const row = await db
    .selectFrom('trust_epochs')
    .select(['epoch', 'content', (eb) => eb('used_at', '>', GONE).as('is_used')])
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { epoch: row.epoch, content: row.content, isUsed: Boolean(row.is_used) };
}

function above(newest: Newest | undefined, least: number): number {
  return Math.max(least, (newest?.epoch ?? 0) + 1);
}

async function add(db: Queryable, content: string, epoch: number): Promise<number> {
  await db.insertInto('trust_epochs').values({ epoch, content, used_at: sql<Date>`now()` }).execute();
  return epoch;
}

async function use(db: Queryable, epoch: number): Promise<number> {
  await db.updateTable('trust_epochs').set({ used_at: sql<Date>`now()` }).where('epoch', '=', epoch).execute();
  return epoch;
}

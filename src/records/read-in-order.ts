import { sql } from 'kysely';
import type { Queryable } from './database.ts';

/**
 * From here to the end of the transaction, what is asked for in order is read from an index that has this order. To read
 * the first thousand of ten thousand that are due PostgreSQL would else read them all and sort them, which it takes for
 * cheaper; but of a million it would do the same, in every round.
 */
export async function readInOrder(db: Queryable): Promise<void> {
  await sql`SELECT set_config('enable_sort', 'off', true)`.execute(db);
}

import pg from 'pg';
import { vi } from 'vitest';

/** A statement, and how many rows of tables and entries of indexes it looked at. */
export interface StatementCost {
  readonly text: string;
  readonly rows: number;
}

interface Statement {
  /** Of one that is prepared. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

type Query = (this: pg.Client, statement: unknown) => Promise<pg.QueryResult<Record<string, unknown>>>;

/**
 * Runs some work, and counts what each of its statements looks at, by `EXPLAIN ANALYZE`: each is run just before it is
 * sent, and taken back. The plan of a prepared statement is made for any values, as it is in the daemon after some time.
 */
export async function rowsReadBy(work: () => Promise<unknown>): Promise<readonly StatementCost[]> {
  const query = pg.Client.prototype.query as unknown as Query;
  const open = new WeakSet<pg.Client>();
  const costs: StatementCost[] = [];
  async function explain(client: pg.Client, { name, text, values = [] }: Statement): Promise<void> {
    const [begin, end] = open.has(client) ? ['SAVEPOINT counted', 'ROLLBACK TO counted'] : ['BEGIN', 'ROLLBACK'];
    const ask = (statement: unknown) => query.call(client, statement);
    await ask(begin);
    await ask(`SET LOCAL plan_cache_mode = ${name === undefined ? 'force_custom_plan' : 'force_generic_plan'}`);
    const { rows } = await ask({ text: `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, values: [...values] });
    await ask(end);
    costs.push({ text, rows: scannedIn(rows[0]?.['QUERY PLAN']) });
  }
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
    this: pg.Client,
    asked: unknown,
  ) {
    if (asked === 'begin') open.add(this);
    else if (asked === 'commit' || asked === 'rollback') open.delete(this);
    else if (typeof asked === 'object' && asked !== null && 'text' in asked) await explain(this, asked as Statement);
    return query.call(this, asked);
  } as never);
  try {
    await work();
    return costs;
  } finally {
    spy.mockRestore();
  }
}

const COUNTS = ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck'];

/** Of the nodes of a plan that read a table or an index. */
function scannedIn(plan: unknown): number {
  if (typeof plan !== 'object' || plan === null) return 0;
  const inside = Object.values(plan).reduce((sum: number, part) => sum + scannedIn(part), 0);
  if (!('Actual Loops' in plan && /(Seq|Index|Index Only|Heap) Scan$/.test(String(Reflect.get(plan, 'Node Type'))))) {
    return inside;
  }
  const own = COUNTS.reduce((sum, count) => sum + Number(Reflect.get(plan, count) ?? 0), 0);
  return inside + own * Number(plan['Actual Loops']);
}

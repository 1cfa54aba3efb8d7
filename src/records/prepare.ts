import { type Compilable, type CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Queryable } from './database.ts';
import type { NamedQuery } from './pool-driver.ts';

/** Stands in a statement for a value that is given each time it runs. */
export type Given<Values> = <K extends keyof Values & string>(name: K) => RawBuilder<Values[K]>;

/** Runs a statement with these values. */
export type Prepared<Values, Row> = (db: Queryable, values: Values) => Promise<readonly Row[]>;

type Build<Values, Row> = (db: Queryable, given: Given<Values>) => Compilable<Row>;

/**
 * Makes a statement that runs for every event: its text is built once, and the server plans it once a connection.
 * Building the text each time costs more than everything else, and planning costs more than running. The plan is made
 * for any values, so use it where a unique key or a rare value finds the rows. The name must be the statement's own.
 */
export function prepare<Values extends object, Row>(name: string, build: Build<Values, Row>): Prepared<Values, Row> {
  return buildOnce(build, name);
}

/** Makes a statement that runs often, but must be planned for the values it is given, such as times. */
export function buildOnce<Values extends object, Row>(build: Build<Values, Row>, name?: string): Prepared<Values, Row> {
  let statement: CompiledQuery<Row> | undefined;
  return async (db, values) => {
    statement ??= build(db, slotOf).compile();
    const parameters = statement.parameters.map((parameter) => fill(parameter, values));
    const query: NamedQuery<Row> = { ...statement, parameters, ...(name !== undefined && { name }) };
    const { rows } = await db.executeQuery<Row>(query);
    return rows;
  };
}

class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function slotOf<T>(name: string): RawBuilder<T> {
  return sql<T>`${sql.val(new Slot(name))}`;
}

function fill(parameter: unknown, values: object): unknown {
  if (!(parameter instanceof Slot)) return parameter;
  const given: unknown = Reflect.get(values, parameter.name);
  return given;
}

import { type RawBuilder, sql } from 'kysely';
import { createFairQueue, type Lane } from '../kit/fair-queue.ts';
import type { Queryable } from './database.ts';

/** A row that waits: whose turn it takes, and by when it is ordered among those of its lane. */
export interface WaitingRow {
  readonly id: string | number;
  /** The registry, or the sink: who may be slow. */
  readonly party: string;
  readonly repository: string | null;
  readonly due: Date;
}

/** What waits in a table, as an index lists it whose columns are party, repository and what it is ordered by. */
interface WaitingRows {
  readonly table: 'subjects' | 'effects' | 'inbox_events';
  readonly party: 'registry_id' | 'sink_id';
  /** What is indexed, word for word. */
  readonly where: RawBuilder<boolean>;
  readonly due: RawBuilder<unknown>;
  /** What is read of each row, beside what makes it wait. */
  readonly columns: readonly string[];
}

/** A party's repository in which something waits. */
interface WaitingLane {
  readonly party: string;
  readonly repository: string;
}

/** Which lanes are wanted. */
interface LaneOptions {
  /** Of each party, so many lanes; of all together, about so many rows. */
  readonly most: number;
  /** Parties that are left out. */
  readonly without?: readonly string[];
}

/** Some lanes. `isMore`: there are others. */
interface Lap {
  readonly lanes: readonly WaitingLane[];
  readonly isMore: boolean;
}

/**
 * Creates a walk over the lanes in which something waits. Each step costs as many entries of the index as it finds lanes,
 * however much waits in them. Where a party has more lanes than are wanted, the next step goes on behind these, so that
 * each comes round: whoever pushes to ten thousand repositories delays others by a lap, not by all that he pushed (P6).
 */
function createLaneWalk(waiting: WaitingRows): (db: Queryable, options: LaneOptions) => Promise<Lap> {
  let after: Readonly<Record<string, string>> = {};
  return async (db, { most, without = [] }) => {
    const lanes = await findLanes(db, waiting, { most, without, after });
    const last = lanes.filter(({ place }) => place === most);
    after = Object.fromEntries(last.map(({ party, repository }) => [party, repository]));
    return { lanes, isMore: last.length > 0 };
  };
}

/** Reads the first rows of each lane of a step; `only` says what more must be true of them. */
export type ReadLanes<Row extends WaitingRow> = (
  db: Queryable,
  options: LaneOptions & { readonly only?: RawBuilder<boolean> },
) => Promise<{ readonly rows: readonly Row[]; readonly isMore: boolean }>;

/** Creates a walk that reads what waits in the lanes it finds: of each an equal share of what is wanted. */
export function createLaneReader<Row extends WaitingRow>(waiting: WaitingRows): ReadLanes<Row> {
  const walk = createLaneWalk(waiting);
  return async (db, { only = sql`true`, ...options }) => {
    const { lanes, isMore } = await walk(db, options);
    const ofEach = Math.ceil(options.most / Math.max(1, lanes.length));
    return { rows: lanes.length === 0 ? [] : await readLanes<Row>(db, waiting, { lanes, ofEach, only }), isMore };
  };
}

interface Place extends WaitingLane {
  readonly place: number;
}

/** By one look into the index for each party, and one for each lane: PostgreSQL has no other way to skip over equals. */
async function findLanes(
  db: Queryable,
  { table, party, where }: WaitingRows,
  asked: {
    readonly most: number;
    readonly without: readonly string[];
    readonly after: Readonly<Record<string, string>>;
  },
): Promise<readonly Place[]> {
  const of = sql.table(table);
  const who = sql.ref(party);
  const first = (more: RawBuilder<boolean>) =>
    sql`SELECT repository FROM ${of} WHERE ${where} AND ${more} ORDER BY repository LIMIT 1`;
  const { rows } = await sql<Place>`
    WITH RECURSIVE parties AS (
      (SELECT ${who} AS party FROM ${of} WHERE ${where} ORDER BY ${who} LIMIT 1)
      UNION ALL
      SELECT next.party FROM parties p CROSS JOIN LATERAL (
        SELECT ${who} AS party FROM ${of} WHERE ${where} AND ${who} > p.party ORDER BY ${who} LIMIT 1) next
    ), lanes AS (
      SELECT p.party, next.repository, 1 AS place FROM parties p CROSS JOIN LATERAL (
        ${first(sql`${who} = p.party AND repository > coalesce(${JSON.stringify(asked.after)}::jsonb ->> p.party, '')`)}) next
      WHERE p.party <> ALL (${asked.without})
      UNION ALL
      SELECT l.party, next.repository, l.place + 1 FROM lanes l CROSS JOIN LATERAL (
        ${first(sql`${who} = l.party AND repository > l.repository`)}) next
      WHERE l.place < ${asked.most}
    ) SELECT party, repository, place FROM lanes`.execute(db);
  return rows;
}

async function readLanes<Row extends WaitingRow>(
  db: Queryable,
  { table, party, where, due, columns }: WaitingRows,
  asked: { readonly lanes: readonly WaitingLane[]; readonly ofEach: number; readonly only: RawBuilder<boolean> },
): Promise<readonly Row[]> {
  const parties = asked.lanes.map((lane) => lane.party);
  const repositories = asked.lanes.map((lane) => lane.repository);
  const { rows } = await sql<Row>`
    SELECT w.* FROM unnest(${parties}::text[], ${repositories}::text[]) AS l (party, repository) CROSS JOIN LATERAL (
      SELECT ${sql.join(columns.map((column) => sql.ref(column)))}, ${sql.ref(party)} AS party, repository, ${due} AS due
      FROM ${sql.table(table)} WHERE ${where} AND ${sql.ref(party)} = l.party AND repository = l.repository AND ${asked.only}
      ORDER BY ${due} LIMIT ${asked.ofEach}) w`.execute(db);
  return rows;
}

/** Of these, so many: parties in turn, repositories of each in turn, and in each lane the longest due first. */
export function inTurn<Row extends WaitingRow>(rows: readonly Row[], limit: number): readonly Row[] {
  const turns = createFairQueue<Row>();
  const unique = new Map(rows.map((row) => [row.id, row]));
  const ordered = [...unique.values()].sort((a, b) => a.due.getTime() - b.due.getTime());
  for (const row of ordered) turns.wait(row, laneOf(row));
  return Array.from({ length: Math.min(limit, turns.size) }, () => turns.take(Number.POSITIVE_INFINITY)).filter(
    (row) => row !== undefined,
  );
}

function laneOf({ party, repository }: WaitingRow): Lane {
  return { registry: party, repository: repository ?? '' };
}

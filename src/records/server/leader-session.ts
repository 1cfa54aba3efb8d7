import pg from 'pg';
import { ROLES, type Role } from '../../domain/role.ts';
import { SHARED_TASKS, type SharedTask } from '../../domain/shared-task.ts';
import type { DatabaseConnection } from './create-pool.ts';

/** How soon another process leads. Only tests have others. */
export interface LeaderTimings {
  /** How often the locks are asked for and confirmed, in ms. */
  readonly everyMs: number;
  /** For how long a process believes what was confirmed: less than the server leaves a silent session alone. */
  readonly validMs: number;
  readonly silentMs: number;
}

export const LEADER_TIMINGS: LeaderTimings = { everyMs: 2_000, validMs: 8_000, silentMs: 10_000 };

/** A connection that holds the locks of this process. */
export interface LeaderSession {
  readonly client: pg.Client;
  /** Says that this process is alive, tries for the locks of these tasks, and counts the processes of each role. */
  renew(tasks: readonly SharedTask[]): Promise<{
    readonly taken: readonly SharedTask[];
    readonly counts: ReadonlyMap<Role, number>;
  }>;
  /** Lets all locks go, in order. */
  end(): Promise<void>;
  /** Drops the connection, whatever its state. */
  close(): void;
}

// "lzrt" in ASCII, as the lock of migrations has it; locks of two numbers are apart from those of one.
const SPACE = 0x6c7a7274;
// Tasks have the numbers from 1 on, roles those from 100 on: a release that knows more of them changes none.
const TASK_KEYS = new Map(SHARED_TASKS.map((task, index) => [task, 1 + index]));
const ROLE_KEYS = new Map(ROLES.map((role, index) => [role, 100 + index]));

/** Connects, and shows by a shared lock for each role that there is a process that has it. @throws as `pg` does */
export async function openLeaderSession(
  connection: DatabaseConnection,
  {
    roles,
    timings,
    onEnd,
  }: {
    readonly roles: readonly Role[];
    readonly timings: LeaderTimings;
    readonly onEnd: (client: pg.Client) => void;
  },
): Promise<LeaderSession> {
  const { url, ...parts } = 'url' in connection ? connection : { ...connection, url: undefined };
  const client = new pg.Client({
    ...parts,
    ...(url !== undefined && { connectionString: url }),
    application_name: 'lazaret leader',
    connectionTimeoutMillis: timings.validMs,
    query_timeout: timings.validMs,
  });
  client.on('error', () => onEnd(client));
  client.on('end', () => onEnd(client));
  // Ending a connection that hangs waits for it; this does not.
  const close = (): void => void client.connection.stream.destroy();
  try {
    await client.connect();
    await client.query(`SET statement_timeout = ${timings.validMs}; SET idle_session_timeout = ${timings.silentMs}`);
    for (const role of roles)
      await client.query(`SELECT pg_try_advisory_lock_shared(${SPACE}, ${ROLE_KEYS.get(role)})`);
  } catch (error) {
    close();
    throw error;
  }
  return {
    client,
    close,
    end: () => client.end().catch(() => undefined),
    async renew(tasks) {
      const taken: SharedTask[] = [];
      for (const task of tasks) {
        const key = TASK_KEYS.get(task);
        const { rows } = await client.query<{ own: boolean }>(`SELECT pg_try_advisory_lock(${SPACE}, ${key}) AS own`);
        if (rows[0]?.own) taken.push(task);
      }
      return { taken, counts: await countMembers(client) };
    },
  };
}

async function countMembers(client: pg.Client): Promise<ReadonlyMap<Role, number>> {
  const { rows } = await client.query<{ key: number; count: number }>(
    `SELECT objid::int AS key, count(*)::int AS count FROM pg_locks
      WHERE locktype = 'advisory' AND classid = ${SPACE} AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      GROUP BY objid`,
  );
  const found = new Map(rows.map(({ key, count }) => [key, count]));
  return new Map([...ROLE_KEYS].map(([role, key]) => [role, found.get(key) ?? 0]));
}

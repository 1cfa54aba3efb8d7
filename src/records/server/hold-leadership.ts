import type pg from 'pg';
import type { Logger } from 'pino';
import type { Role } from '../../domain/role.ts';
import type { SharedTask } from '../../domain/shared-task.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { DatabaseConnection } from './create-pool.ts';
import { LEADER_TIMINGS, type LeaderTimings, openLeaderSession } from './leader-session.ts';

export interface LeadershipOptions {
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
  readonly roles: readonly Role[];
  /** What it would do for all. */
  readonly tasks: readonly SharedTask[];
  readonly timings?: LeaderTimings;
}

/** A leadership that ends. */
export interface HeldLeadership extends Leadership {
  /** Gives up all tasks at once, for another process to take. */
  stop(): Promise<void>;
}

/**
 * Elects by advisory locks of PostgreSQL, which belong to a session: this one is a connection of its own, that does
 * nothing else. The server ends it when its process dies, and when it has said nothing for longer than a process that
 * hangs believes itself to lead (`leader-session.ts`). While the database is away nobody leads. What a leader that
 * lost its term still writes, the record's own leases and fences refuse.
 * https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
 */
export async function holdLeadership(options: LeadershipOptions): Promise<HeldLeadership> {
  const { logger, roles, tasks, timings = LEADER_TIMINGS } = options;
  const terms = new Map<SharedTask, AbortController>();
  let session: Awaited<ReturnType<typeof openLeaderSession>> | undefined;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let members: ReadonlyMap<Role, number> = new Map(roles.map((role) => [role, 1]));
  let isAway = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const isFresh = (): boolean => performance.now() - confirmedAt < timings.validMs;

  function drop(client?: pg.Client): void {
    if (client !== undefined && client !== session?.client) return;
    session?.close();
    session = undefined;
    for (const [task, term] of terms) {
      terms.delete(task);
      logger.warn({ task }, 'another process may do this from here on');
      term.abort(new DOMException('another process may lead', 'AbortError'));
    }
  }

  async function beat(): Promise<void> {
    // What is held is from before this moment: the server counts from later.
    const from = performance.now();
    if (session !== undefined && !isFresh()) drop();
    try {
      session ??= await openLeaderSession(options.connection, { roles, timings, onEnd: drop });
      const { client } = session;
      const { taken, counts } = await session.renew(tasks.filter((task) => !terms.has(task)));
      // The connection may have ended meanwhile.
      if (session?.client !== client || stopped) return;
      confirmedAt = from;
      members = counts;
      isAway = false;
      for (const task of taken) {
        terms.set(task, new AbortController());
        logger.info({ task }, 'this process does this for all from here on');
      }
    } catch (error) {
      drop();
      if (!isAway) logger.warn({ err: error }, 'the database does not say who leads: this process does not');
      isAway = true;
    }
  }

  async function run(): Promise<void> {
    await beat();
    if (!stopped) timer = setTimeout(() => void run(), timings.everyMs).unref();
  }

  await run();
  return {
    term: (task) => (isFresh() ? terms.get(task)?.signal : undefined),
    isShared: () => [...members.values()].reduce((sum, count) => sum + count, 0) > roles.length,
    count: (role) => members.get(role) ?? 0,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const ending = session;
      for (const term of terms.values()) term.abort(new DOMException('stopped', 'AbortError'));
      terms.clear();
      session = undefined;
      await ending?.end();
    },
  };
}

import { rssMbOf } from '../bench/process-usage.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { countQueue, keysOfQueue, withRecord } from './count-stored.ts';

/** What must come back to where it was before anything happened (I8): by name, how many there are. */
export type Levels = Readonly<Record<string, number>>;

/** What was seen of the memory and the levels of a run. */
export interface SeenLevels {
  readonly before: Levels;
  readonly after: Levels;
  /** The most that each process held at any time, in MiB, by its name. */
  readonly mostMib: ReadonlyMap<string, number>;
  /** What none may ever hold. */
  readonly boundMib: number;
}

/** What no process that people start may ever hold (I8). */
const MOST_RSS_MIB = 300;
/** From the sources it is more: what strips their types while they are loaded stays in memory. */
const MOST_FROM_SOURCES_MIB = 400;
const EVERY_MS = 1_000;
/** What is removed with the last thing done is gone by then, and what has a time to live of seconds. */
const BACK_WITHIN_MS = 60_000;
/** Keys may be more by this share. */
const SLACK = 0.01;

/** Begins to look; the function it returns waits for the levels to come back, and says what was seen. */
export async function watchLevels(world: ChaosWorld, isBuilt: boolean): Promise<() => Promise<SeenLevels>> {
  const mostMib = new Map<string, number>();
  const timer = setInterval(() => {
    for (const { name, daemon } of world.processes) {
      const mib = rssOrZero(daemon().pid);
      if (mib > (mostMib.get(name) ?? 0)) mostMib.set(name, mib);
    }
  }, EVERY_MS);
  const before = await steadyLevels(world);
  return async () => {
    clearInterval(timer);
    let after = before;
    const isBack = async (): Promise<boolean> => {
      after = await readLevels(world);
      return risen({ before, after }).length === 0;
    };
    await waitFor(isBack, { what: 'levels', timeoutMs: BACK_WITHIN_MS, intervalMs: EVERY_MS }).catch(() => null);
    return { before, after, mostMib, boundMib: isBuilt ? MOST_RSS_MIB : MOST_FROM_SOURCES_MIB };
  };
}

/** Holds what was seen against I8: each process and each level by itself. */
export function judgeLevels(seen?: SeenLevels): readonly { readonly holds: boolean; readonly words: string }[] {
  if (seen === undefined) return [];
  const { before, after, mostMib, boundMib } = seen;
  const higher = risen(seen);
  return [
    ...[...mostMib].map(([name, mib]) => {
      return { holds: mib <= boundMib, words: `${name} held ${mib.toFixed(0)} MiB, more than ${boundMib}` };
    }),
    ...Object.entries(after).map(([name, count]) => {
      return { holds: !higher.includes(name), words: `${name}: ${count} in the end, ${before[name]} before` };
    }),
  ];
}

/** Which levels are higher than they were. */
function risen({ before, after }: Pick<SeenLevels, 'before' | 'after'>): readonly string[] {
  return Object.keys(after).filter((name) => (after[name] ?? 0) > (before[name] ?? 0) * (1 + SLACK));
}

/** Once everybody has what it holds as long as it runs. */
async function steadyLevels(world: ChaosWorld): Promise<Levels> {
  let last = await readLevels(world);
  const isSteady = async (): Promise<boolean> => {
    const now = await readLevels(world);
    const isSame = JSON.stringify(now) === JSON.stringify(last);
    last = now;
    return isSame;
  };
  await waitFor(isSteady, { what: 'levels to be steady', timeoutMs: BACK_WITHIN_MS, intervalMs: 2 * EVERY_MS });
  return last;
}

async function readLevels(world: ChaosWorld): Promise<Levels> {
  return withRecord(world, async (client) => {
    const { rows } = await client.query<Record<string, number>>(OPEN);
    const queue = (await keysOfJobs(world)) ?? (await countQueue(world, client));
    return { 'keys of jobs in the queue': queue, ...rows[0] };
  });
}

/** How many keys Redis holds for jobs; `undefined` without Redis. */
async function keysOfJobs(world: ChaosWorld): Promise<number | undefined> {
  return (await keysOfQueue(world))?.filter((key) => !OF_ITS_OWN.test(key)).length;
}

// BullMQ keeps these of each queue, once it was used, however many jobs there are.
const OF_ITS_OWN = /:(?:meta|id|events|stalled-check)$/;

// What belongs to work that is under way: leases, leadership, what waits.
const OPEN = `SELECT
  (SELECT count(*)::int FROM lazaret.effects WHERE state IN ('pending', 'sending')) AS "writes and messages to be made",
  (SELECT count(*)::int FROM lazaret.subjects WHERE started_seq > judged_seq) AS "judgements under way",
  (SELECT count(*)::int FROM lazaret.inbox_events WHERE state = 'unresolved') AS "events not resolved",
  (SELECT count(*)::int FROM lazaret.sweeps WHERE is_under_way) AS "sweeps under way",
  (SELECT count(*)::int FROM lazaret.left_concerns) AS "concerns left to others",
  (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND granted) AS "locks of leaders"`;

// A process may have ended while it is looked at.
function rssOrZero(pid: number): number {
  try {
    return rssMbOf(pid) || 0;
  } catch {
    return 0;
  }
}

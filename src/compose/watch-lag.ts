import type { Clock } from '../ports/clock.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { Records } from '../records/create-records.ts';

export interface LagWatchDeps {
  readonly records: Pick<Records, 'oldestOpenAt'>;
  readonly concerns: Concerns;
  readonly clock: Clock;
  readonly everyMs?: number;
}

// What `docs/operations.md` says to be woken for. A queue that was wiped is filled again within a minute.
const BEHIND_MS = 300_000;
const EVERY_MS = 60_000;

/**
 * Raises a concern while work has been waiting for five minutes: whoever can write to the queue's store can keep it
 * from handing anything out, and that must not be silent. Concerns are told without the queue.
 */
export function watchLag({ records, concerns, clock, everyMs = EVERY_MS }: LagWatchDeps): { stop(): void } {
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    // A database that is away says so elsewhere, and takes no turn to tell of anything.
    const since = await records.oldestOpenAt().catch(() => null);
    const waitedMs = since === null ? 0 : clock().getTime() - since.getTime();
    if (waitedMs < BEHIND_MS) return;
    const problem = `the oldest piece of work has been waiting for ${Math.floor(waitedMs / 60_000)} minutes`;
    concerns.raise({ id: 'queue', kind: 'behind', problem });
  }

  return { stop: () => clearInterval(timer) };
}

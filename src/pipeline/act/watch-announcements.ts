import type { Concern, Concerns } from '../../ports/concerns.ts';
import type { HearingRecord } from '../../ports/hearing-record.ts';
import { type ConcernDeps, sendConcern } from './send-concern.ts';

export interface AnnouncementsDeps extends ConcernDeps {
  readonly hearing: HearingRecord;
  readonly concerns: Concerns;
  /** Registries that announce their pushes to some source. */
  readonly announcing: readonly string[];
  readonly metrics: { unannounced(registryId: string, count: number): void };
}

/** An event may come later than the sweep that finds its image: registries try again for a while. */
const LATE_MS = 5 * 60_000;
/** One lost event is bad luck, and so may be two. */
const SEVERAL = 3;

/**
 * Counts the pushes that sweeps found and nobody announced. Tells once where a registry has evidently stopped announcing
 * them, and once when it has begun again. @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function watchAnnouncements(deps: AnnouncementsDeps): Promise<void> {
  const now = deps.clock();
  const unannounced = await deps.hearing.settle(new Date(now.getTime() - LATE_MS));
  for (const [registryId, count] of unannounced) deps.metrics.unannounced(registryId, count);
  for (const { registryId, unannounced: count, lastEventAt, isTold } of await deps.hearing.read(deps.announcing)) {
    if (!isTold && count >= SEVERAL) {
      const since =
        lastEventAt === null
          ? 'it has never announced anything'
          : `its last event came at ${lastEventAt.toISOString()}`;
      deps.concerns.raise({
        id: registryId,
        kind: 'unheard',
        problem: `a sweep found ${count} pushes that were not announced; ${since}`,
      });
      await deps.hearing.noteTold(registryId, true, now);
    } else if (isTold && count === 0) {
      const again: Concern = { id: registryId, kind: 'heard-again', problem: 'an event has come' };
      await sendConcern(deps, again);
      await deps.hearing.noteTold(registryId, false, now);
    }
  }
}

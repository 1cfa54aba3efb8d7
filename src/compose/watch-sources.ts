import type { Clock } from '../ports/clock.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { EventSource } from '../ports/event-source.ts';

// A broker that is restarted, or a group that finds itself anew, is back by then.
const SILENT_MS = 60_000;
const EVERY_MS = 15_000;

/** Raises a concern for each source that has read nothing for a minute, for as long as that lasts. */
export function watchSources(
  sources: readonly Pick<EventSource, 'id' | 'health' | 'deafSince'>[],
  { concerns, clock, everyMs = EVERY_MS }: { concerns: Concerns; clock: Clock; everyMs?: number },
): { stop(): void } {
  const timer = setInterval(() => {
    for (const source of sources) {
      const since = source.deafSince();
      const problem = source.health();
      if (since === undefined || problem === undefined || clock().getTime() - since.getTime() < SILENT_MS) continue;
      concerns.raise({ id: source.id, kind: 'deaf', problem });
    }
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}

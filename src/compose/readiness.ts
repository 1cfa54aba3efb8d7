import type { Readiness, ReadinessCheck } from '../api/health-routes.ts';
import type { ShownConcern } from '../ports/concerns.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Registries } from '../ports/registries.ts';
import type { Records } from '../records/create-records.ts';

/** What `/readyz` asks: the record, the queue, and every source that listens on its own. */
export function createReadiness(
  records: Pick<Records, 'ping'>,
  queue: Pick<JobQueue, 'counts'>,
  sources: readonly EventSource[],
): Readiness {
  const checks: [string, ReadinessCheck][] = [
    ['record', () => records.ping().then(() => undefined)],
    ['queue', () => queue.counts().then(() => undefined)],
  ];
  return new Map([...checks, ...sources.map((source) => [`source ${source.id}`, () => source.health()] as const)]);
}

/**
 * The registries that leave requests without an answer, as long as they do. That their images cannot be verified is told
 * as of any outage; this says why.
 */
export function silentRegistries(registries: Registries): readonly ShownConcern[] {
  return [...registries.values()]
    .filter(({ isSilent }) => isSilent?.() === true)
    .map(({ id, host }) => ({
      id,
      kind: 'silent',
      problem: `${host} accepts requests and does not answer them: it is asked now and then only, and its images wait`,
    }));
}

import type { Readiness, ReadinessCheck } from '../api/health-routes.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { JobQueue } from '../ports/job-queue.ts';
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

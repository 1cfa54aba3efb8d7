import type { Logger } from 'pino';
import type { MetricsText } from '../api/metrics-routes.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { HearingRecord } from '../ports/hearing-record.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Registries } from '../ports/registries.ts';
import type { SweepPlace, SweepRecord } from '../ports/sweep-record.ts';
import type { UntoldQuery } from '../ports/untold-query.ts';
import type { Records } from '../records/create-records.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ManagedTrustRoots } from '../trust/create-trust-roots.ts';

export interface ScrapeDeps {
  readonly records: Pick<Records, 'oldestOpenAt' | 'heldQuarantines' | 'foundWaiting'> & {
    readonly query: Pick<UntoldQuery, 'countUntold'>;
    readonly sweeps: Pick<SweepRecord, 'readStatus'>;
    readonly hearing: Pick<HearingRecord, 'read'>;
  };
  readonly queue: Pick<JobQueue, 'counts'>;
  readonly sources: readonly Pick<EventSource, 'deafSince'>[];
  readonly trust: Pick<ManagedTrustRoots, 'concerns'>;
  readonly registries: Registries;
  /** Registries that announce their pushes to some source. */
  readonly announcing: readonly string[];
  /** Which registries are swept by which source now; the record may know others. */
  readonly sweptPlaces: readonly SweepPlace[];
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves the metrics, with the gauges that have to be asked for read when they are scraped. While record or queue are
 * away, which is when metrics matter most, the others are served with the last value of these. However many scrape at
 * once, who asks last waits for the reading under way: it needs no token, and must not cost the record as often.
 */
export function createScrape(
  metrics: Metrics,
  { records, queue, sources, registries, announcing, sweptPlaces, trust, leadership, clock, logger }: ScrapeDeps,
): MetricsText {
  const isConfigured = (each: SweepPlace): boolean =>
    sweptPlaces.some(({ sourceId, registryId }) => sourceId === each.sourceId && registryId === each.registryId);
  const refresh = async (): Promise<void> => {
    metrics.leadership(leadership);
    metrics.trustConcerns(trust.concerns().length);
    for (const { id, isSilent } of registries.values()) metrics.registrySilent(id, isSilent?.() ?? false);
    metrics.queueDepth(await queue.counts());
    // Events that nobody fetches wait as well: how many there are is not known, nor how old they are, but since when.
    const silent = sources.flatMap((source) => source.deafSince() ?? []);
    const open = await records.oldestOpenAt();
    const ages = [...silent, ...(open === null ? [] : [open])].map((since) => clock().getTime() - since.getTime());
    metrics.heldQuarantines(await records.heldQuarantines());
    metrics.foundWaiting(await records.foundWaiting());
    const status = await records.sweeps.readStatus();
    metrics.sweeps(status.filter(isConfigured), clock());
    metrics.lastEvents(await records.hearing.read(announcing), clock());
    metrics.couldNotTell(await records.query.countUntold(), clock());
    metrics.lag(Math.max(0, ...ages) / 1000);
  };
  let underWay: Promise<void> | undefined;
  const refreshTogether = (): Promise<void> => {
    underWay ??= refresh().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return {
    contentType: metrics.contentType,
    async render() {
      await refreshTogether().catch((error: unknown) => logger.warn({ err: error }, 'gauges could not be read'));
      return await metrics.render();
    },
  };
}

import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { fileToName } from '../config/find-config.ts';
import type { Startup } from '../lifecycle.ts';
import type { Clock } from '../ports/clock.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { Registries } from '../ports/registries.ts';
import type { Sink } from '../ports/sink.ts';
import type { Records } from '../records/create-records.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { hearConcerns } from './hear-concerns.ts';
import { startAnnouncementWatch } from './start-announcement-watch.ts';
import { watchBaselines } from './watch-baselines.ts';
import { watchLag } from './watch-lag.ts';
import { watchSources } from './watch-sources.ts';

export interface WatchDeps {
  readonly config: Pick<Config, 'announcing' | 'roles' | 'file'>;
  readonly records: Pick<Records, 'hearing' | 'baselines' | 'turns' | 'oldestOpenAt' | 'concerns'>;
  readonly sources: readonly EventSource[];
  readonly registries: Registries;
  readonly concerns: Concerns;
  readonly metrics: Metrics;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts to watch over its sources; where this process tells people, also over all that they are to hear of. */
export function startWatches({ config, records, sources, registries, ...deps }: WatchDeps, startup: Startup): void {
  const { concerns, clock } = deps;
  const keep = (name: string, watch: { stop(): void }): void =>
    startup.own({ name: `watch over ${name}`, stop: async () => watch.stop() });
  keep('sources', watchSources(sources, { concerns, clock }));
  if (!config.roles.includes('act')) return;
  const { turns, hearing, baselines } = records;
  keep('concerns', hearConcerns({ left: records.concerns, concerns, logger: deps.logger }));
  keep('announcements', startAnnouncementWatch({ ...deps, hearing, turns, announcing: config.announcing }));
  keep('baselines', watchBaselines({ ...deps, baselines, turns, registries, configFile: fileToName(config.file) }));
  keep('what waits', watchLag({ records, concerns, clock }));
}

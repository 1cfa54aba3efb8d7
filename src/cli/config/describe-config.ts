import type { Config } from '../../config/config.ts';
import type { MarkMode } from '../../domain/mark-name.ts';
import { formatDuration } from '../../kit/duration.ts';

/** What a daemon with this configuration would do, a line for each thing. No secret is in it. */
export function describeConfig(config: Config): readonly string[] {
  return [
    config.file,
    ...config.registries.map(describeRegistry),
    ...config.sources.map(describeSource),
    `judges by ${config.policies.policies.map(({ name }) => name).join(', ') || 'no policy'}`,
    ...describeMarks(config),
    `tells ${config.notify.map(({ kind, id }) => `${id} (${kind})`).join(', ') || 'nobody'}`,
    `keeps its record in ${config.postgres === undefined ? `its own PostgreSQL under ${config.dataDir}` : 'the configured PostgreSQL'}`,
    `queues in ${config.redis === undefined ? 'PostgreSQL' : 'the configured Redis'}`,
    `listens on ${config.http.host}:${config.http.port}`,
  ];
}

function describeMarks({ registries, quarantine }: Config): readonly string[] {
  const { perHour, perRepository } = quarantine.breaker;
  const limits = `at most ${perHour} images an hour and ${perRepository.perHour} of one repository`;
  const words: Readonly<Record<MarkMode, string>> = {
    tag: `quarantines with the tag ${quarantine.tag}, ${limits}`,
    label: `quarantines with the label ${quarantine.label}, ${limits}`,
    lock: `quarantines by a lock against pulls, ${limits}`,
    rehearse: `only rehearses to quarantine with the tag ${quarantine.tag}, ${limits}: nothing is written to a registry`,
    observe: 'only observes: nothing is written to a registry',
  };
  const byMode = Map.groupBy(registries, ({ mode }) => mode ?? quarantine.mode);
  if (byMode.size === 1) return [...byMode.keys()].map((mode) => words[mode]);
  return [...byMode].map(([mode, of]) => `in ${of.map(({ id }) => id).join(', ')} ${words[mode]}`);
}

function describeSource(source: Config['sources'][number]): string {
  const { kind, id, registryIds } = source;
  const registries = registryIds.join(', ');
  if (source.kind === 'poll') return `sweeps ${registries} every ${formatDuration(source.everyMs)} as ${id}`;
  return `hears of pushes to ${registries} from ${kind} ${id} (dialect ${source.dialect})`;
}

function describeRegistry({ id, url, repositories, writeCredentials }: Config['registries'][number]): string {
  const writes = writeCredentials === undefined ? 'never writes to it' : 'may write its own tags';
  return `looks at ${repositories.join(', ')} in ${id} (${url.host}), and ${writes}`;
}

/** The same as data. Keys are only ever added. */
export function summarizeConfig(config: Config): object {
  return {
    file: config.file,
    registries: config.registries.map(({ id, url, repositories, writeCredentials, mode = config.quarantine.mode }) => {
      return { id, url: url.origin, repositories, writable: writeCredentials !== undefined, mode };
    }),
    sources: config.sources.map((source) => {
      const { kind, id, registryIds } = source;
      const how = source.kind === 'poll' ? { everyMs: source.everyMs } : { dialect: source.dialect };
      return { kind, id, ...how, registry: registryIds[0], registries: registryIds };
    }),
    policies: config.policies.policies.map(({ name, file, images }) => ({ name, file, images })),
    trust: config.trust.map(({ name }) => name),
    quarantine: { mode: config.quarantine.mode, tag: config.quarantine.tag, label: config.quarantine.label },
    notify: config.notify.map(({ kind, id }) => ({ kind, id })),
    record: config.postgres === undefined ? 'embedded' : 'external',
    queue: config.redis === undefined ? 'postgres' : 'redis',
    dataDir: config.dataDir,
    http: { host: config.http.host, port: config.http.port },
  };
}

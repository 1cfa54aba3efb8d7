import type { Logger } from 'pino';
import { refuseDivided } from './compose/refuse-divided.ts';
import { listenForReload, type ReloadSignal } from './compose/reload-signal.ts';
import { startDaemon } from './compose.ts';
import type { Config } from './config/config.ts';
import { listSecrets } from './config/list-secrets.ts';
import { readConfig } from './config/read-config.ts';
import type { Role } from './domain/role.ts';
import { TIMINGS, type Timings } from './domain/timings.ts';
import { giveBackMemory } from './kit/io/give-back-memory.ts';
import { runLifecycle } from './lifecycle.ts';
import { createLogger } from './telemetry/logger.ts';

export interface ServeOptions {
  /** The configuration file; without it, the usual places. */
  readonly configPath?: string;
  /** What this process does; absent: everything. */
  readonly roles?: readonly Role[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the log goes to a terminal. */
  readonly isTerminal: boolean;
  readonly version: string;
  /** Only tests have others than the usual ones: they do not wait a minute for what they killed. */
  readonly timings?: Timings;
}

/**
 * Runs the daemon until SIGTERM or SIGINT; resolves with the exit code.
 * @throws {InvalidInputError} `CONFIG_*`, `POLICY_INVALID`, `SECRET_UNREADABLE`; `USAGE_INVALID` for some roles on an
 *   embedded record
 * @throws {FaultError} of the part that could not start, or was lost
 */
export async function serve(options: ServeOptions): Promise<number> {
  const signal = listenForReload();
  try {
    return await run(options, signal);
  } finally {
    signal.stop();
  }
}

async function run(options: ServeOptions, signal: ReloadSignal): Promise<number> {
  const { configPath, env, roles, isTerminal, version, timings = TIMINGS } = options;
  const config = await readConfig(configPath, env, roles);
  refuseDivided(config);
  const secrets = new Set(listSecrets(config));
  const logger = await createLogger({
    level: config.log.level,
    pretty: config.log.format === 'pretty' || (config.log.format === 'auto' && isTerminal),
    secrets,
  });
  for (const { where, message, hint } of config.warnings) logger.warn({ where, hint }, message);
  let addresses: ReadyAddresses = { address: '' };
  return await runLifecycle(
    async (startup) => {
      const read = (): Promise<Config> => readConfig(config.file, env, roles);
      const daemon = await startDaemon({ config, version, logger, timings, read, secrets }, startup);
      addresses = { address: daemon.url, ...(daemon.tlsUrl !== undefined && { tls: daemon.tlsUrl }) };
      startup.own({ name: 'reload', stop: async () => signal.ignore() });
      signal.ready(daemon.reload);
    },
    logger,
    () => {
      announceReady(logger, config, { ...addresses, version });
      giveBackMemory();
    },
  );
}

/** Where it listens, as the log says it. */
interface ReadyAddresses {
  readonly address: string;
  readonly tls?: string;
}

function announceReady(logger: Logger, config: Config, about: ReadyAddresses & { readonly version: string }): void {
  const { registries, sources, policies, quarantine } = config;
  logger.info(
    {
      ...about,
      config: config.file,
      roles: config.roles,
      registries: registries.map(({ id }) => id),
      sources: sources.map(({ id }) => id),
      policies: policies.policies.map(({ name }) => name),
      policyRevision: policies.revision.slice(0, 12),
      quarantine: quarantine.mode,
    },
    'ready',
  );
}

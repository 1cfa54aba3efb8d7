import type { Logger } from 'pino';
import type { Reload } from './compose/reload.ts';
import { startDaemon } from './compose.ts';
import type { Config } from './config/config.ts';
import { listSecrets } from './config/list-secrets.ts';
import { readConfig } from './config/read-config.ts';
import { TIMINGS, type Timings } from './domain/timings.ts';
import { runLifecycle, type Startup } from './lifecycle.ts';
import { createLogger } from './telemetry/logger.ts';

export interface ServeOptions {
  /** The configuration file; without it, the usual places. */
  readonly configPath?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the log goes to a terminal. */
  readonly isTerminal: boolean;
  readonly version: string;
  /** Only tests have others than the usual ones: they do not wait a minute for what they killed. */
  readonly timings?: Timings;
}

/**
 * Runs the daemon until SIGTERM or SIGINT; resolves with the exit code.
 * @throws {InvalidInputError} `CONFIG_*`, `POLICY_INVALID`, `SECRET_UNREADABLE`
 * @throws {FaultError} of the part that could not start, or was lost
 */
export async function serve({
  configPath,
  env,
  isTerminal,
  version,
  timings = TIMINGS,
}: ServeOptions): Promise<number> {
  const config = await readConfig(configPath, env);
  const secrets = new Set(listSecrets(config));
  const logger = await createLogger({
    level: config.log.level,
    pretty: config.log.format === 'pretty' || (config.log.format === 'auto' && isTerminal),
    secrets,
  });
  for (const { where, message, hint } of config.warnings) logger.warn({ where, hint }, message);
  let address = '';
  return await runLifecycle(
    async (startup) => {
      const read = (): Promise<Config> => readConfig(config.file, env);
      const daemon = await startDaemon({ config, version, logger, timings, read, secrets }, startup);
      address = daemon.url;
      listenForReload(daemon.reload, startup);
    },
    logger,
    () => announceReady(logger, config, { address, version }),
  );
}

/** systemd and container platforms know how to send it: `systemctl reload`, `docker kill -s HUP`. */
function listenForReload(reload: Reload, startup: Startup): void {
  const listen = (): void => void reload.run();
  process.on('SIGHUP', listen);
  startup.own({ name: 'reload', stop: async () => void process.off('SIGHUP', listen) });
}

function announceReady(logger: Logger, config: Config, about: { address: string; version: string }): void {
  const { registries, sources, policies, quarantine } = config;
  logger.info(
    {
      ...about,
      config: config.file,
      registries: registries.map(({ id }) => id),
      sources: sources.map(({ id }) => id),
      policies: policies.policies.map(({ name }) => name),
      policyRevision: policies.revision.slice(0, 12),
      quarantine: quarantine.mode,
    },
    'ready',
  );
}

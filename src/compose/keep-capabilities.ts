import type { Logger } from 'pino';
import type { CapabilityRecord } from '../ports/capability-record.ts';
import type { ConfiguredRegistry, Registries } from '../ports/registries.ts';

export interface CapabilityKeeping {
  readonly registries: Registries;
  readonly record: CapabilityRecord;
  readonly logger: Logger;
  /** Whether registries are asked; else only what other processes learn is read again and again. Default: true. */
  readonly asks?: boolean;
  /** How often registries are asked again; versions and settings change by hand. */
  readonly everyMs?: number;
}

const EVERY_MS = 24 * 3_600_000;
const READ_EVERY_MS = 60_000;
/** What has not answered by then is left untold until the next time. */
const PROBE_MS = 60_000;

/**
 * Keeps on record what can be done in each registry: as it was learned before, asked at once and every day without
 * changing anything, and corrected by what our own writes meet.
 */
export function keepCapabilities({
  registries,
  record,
  logger,
  asks = true,
  everyMs = asks ? EVERY_MS : READ_EVERY_MS,
}: CapabilityKeeping): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  const warn = (err: unknown): void => logger.warn({ err }, 'what can be done in a registry could not be kept');

  async function ask({ id, host, capabilities }: ConfiguredRegistry): Promise<void> {
    if (capabilities === undefined) return;
    const of = { registryId: id, host };
    capabilities.listen((fact) => {
      const { capability, support, by, repository } = fact;
      logger.info({ registry: id, capability, support, by, repository }, 'learned what can be done in a registry');
      void record.note(of, fact).catch(warn);
    });
    capabilities.recall(await record.read(of));
    if (asks) await capabilities.probe(AbortSignal.any([stopping.signal, AbortSignal.timeout(PROBE_MS)]));
  }

  // Side by side: one that hangs does not hold up what is known of the others.
  const askAll = async (): Promise<void> =>
    void (await Promise.all([...registries.values()].map((registry) => ask(registry).catch(warn))));
  let asking = askAll();
  const timer = setInterval(() => {
    asking = askAll();
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await asking;
    },
  };
}

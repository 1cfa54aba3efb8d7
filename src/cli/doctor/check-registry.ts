import type { Config } from '../../config/config.ts';
import { isReadOnly } from '../../domain/mark-name.ts';
import { createConfiguredRegistry } from '../../registry/configured-registry.ts';
import type { RegistryOptions } from '../../registry/registry-options.ts';
import { type Check, NO_WRITER, ok, warn } from './check.ts';
import { checkEcr } from './check-ecr.ts';

type RegistryConfig = Config['registries'][number];

/** Whether a registry answers and knows our readers and our writers; nothing is read but its greeting and tag lists. */
export function checkRegistry(entry: RegistryConfig, config: Pick<Config, 'quarantine' | 'proxy'>): readonly Check[] {
  const options = { ...entry, proxy: config.proxy };
  if (entry.ecr !== undefined) return checkEcr(entry, entry.ecr, config);
  const repository = entry.repositories.find((glob) => !/[*?]/.test(glob));
  const read: Check = {
    name: `registry ${entry.id}`,
    async run(signal) {
      await probe(options, repository, signal);
      const who = entry.credentials.kind === 'none' ? 'without credentials' : 'and takes our credentials';
      return ok(`${entry.url.host} answers ${who}`);
    },
  };
  return [read, checkWriting(entry, options, entry.mode ?? config.quarantine.mode)];
}

function checkWriting(entry: RegistryConfig, options: RegistryOptions, mode: Config['quarantine']['mode']): Check {
  const { writeCredentials } = options;
  return {
    name: `registry ${entry.id}, writing`,
    async run(signal) {
      if (isReadOnly(mode)) return ok(`nothing is written (quarantine.mode: ${mode})`);
      if (writeCredentials === undefined) {
        return warn(
          NO_WRITER,
          'Add `writeCredentials` (`none` if the registry takes writes from anybody), or set quarantine.mode: observe.',
        );
      }
      if (writeCredentials.kind === 'none') return ok(`${entry.url.host} is written to without credentials`);
      await probe({ ...options, credentials: writeCredentials }, undefined, signal);
      return ok(`${entry.url.host} takes our write credentials; whether they may write shows the first quarantine`);
    },
  };
}

async function probe(options: RegistryOptions, repository: string | undefined, signal: AbortSignal): Promise<void> {
  const registry = createConfiguredRegistry(options);
  try {
    await registry.reader.probe(repository, signal);
  } finally {
    await registry.close();
  }
}

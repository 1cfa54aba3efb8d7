import type { Config } from '../../config/config.ts';
import { registryName } from '../../domain/registry-name.ts';
import type { CapabilityFact, ToldCapability } from '../../domain/told-capability.ts';
import type { CapabilityRecord, LearnedOf } from '../../ports/capability-record.ts';
import { createRecords } from '../../records/create-records.ts';
import { createPool } from '../../records/server/create-pool.ts';
import { findEmbeddedPostgres } from '../../records/server/embedded-postgres.ts';
import { createConfiguredRegistry } from '../../registry/configured-registry.ts';
import { silentLogger } from '../silent-logger.ts';
import { type Check, ok } from './check.ts';

type Needed = Pick<Config, 'registries' | 'proxy' | 'dataDir' | 'postgres'>;

/** What can be done in each registry: as the daemon has it on record, and by asking what changes nothing. */
export function checkCapabilities(config: Needed): readonly Check[] {
  return config.registries.map((entry) => ({
    name: `registry ${entry.id}, capabilities`,
    async run(signal) {
      const registry = createConfiguredRegistry({ ...entry, proxy: config.proxy });
      try {
        const { capabilities, title } = registry;
        capabilities.recall(await recall(config, { registryId: entry.id, host: registryName(entry.url) }));
        await capabilities.probe(signal);
        return ok(`${title}: ${capabilities.tell().map(describe).join(', ')}`);
      } finally {
        await registry.close();
      }
    },
  }));
}

function describe(told: ToldCapability): string {
  const where = 'repository' in told && told.capability === 'immutable' ? ` (${told.repository})` : '';
  return `${told.capability} ${told.support}${where}`;
}

/** Whether there is a record, and one to read, is for the check of the database to say. */
async function recall({ dataDir, postgres }: Needed, of: LearnedOf): Promise<readonly CapabilityFact[]> {
  const connection = postgres === undefined ? await findEmbeddedPostgres(dataDir) : { url: postgres.url.reveal() };
  if (connection === null) return [];
  const pool = createPool({ connection, logger: silentLogger(), max: 1 });
  const { capabilities }: { readonly capabilities: CapabilityRecord } = createRecords(pool);
  try {
    return await capabilities.read(of);
  } catch {
    return [];
  } finally {
    await pool.end();
  }
}

import { CAPABILITIES } from '../../domain/registry-kind.ts';
import type { CapabilityFact } from '../../domain/told-capability.ts';
import type { CapabilityRecord, LearnedOf } from '../../ports/capability-record.ts';
import type { Database, Queryable } from '../database.ts';

/** Creates the memory of what registries showed of themselves. */
export function createCapabilityRecord(database: Database): CapabilityRecord {
  return {
    read: (of) => database.run((db) => readFacts(db, of)),
    note: (of, fact) => database.run((db) => noteFact(db, of, fact)),
  };
}

async function readFacts(db: Queryable, { registryId, host }: LearnedOf): Promise<readonly CapabilityFact[]> {
  const rows = await db
    .selectFrom('registry_capabilities')
    .selectAll()
    .where('registry_id', '=', registryId)
    .where('host', '=', host)
    .execute();
  return rows.flatMap(({ capability, support, learned_by: by, repository, learned_at: at }) => {
    // A newer Lazaret may know more of them.
    const known = CAPABILITIES.find((each) => each === capability);
    return known === undefined
      ? []
      : [{ capability: known, support, by, at, ...(repository !== null && { repository }) }];
  });
}

async function noteFact(db: Queryable, { registryId, host }: LearnedOf, fact: CapabilityFact): Promise<void> {
  const { capability, support, by, repository = null, at } = fact;
  const learned = { support, learned_by: by, repository, learned_at: at };
  await db
    .insertInto('registry_capabilities')
    .values({ registry_id: registryId, host, capability, ...learned })
    .onConflict((conflict) =>
      conflict
        .columns(['registry_id', 'host', 'capability'])
        .doUpdateSet(learned)
        // Another process may have learned something newer.
        .where('registry_capabilities.learned_at', '<=', at),
    )
    .execute();
}

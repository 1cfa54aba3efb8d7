import type { Config } from '../../config/config.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import { createConfiguredRegistry } from '../../registry/configured-registry.ts';
import { type Check, type CheckResult, ok, warn } from './check.ts';

/** Names that are asked for: enough to see a wrong one, and few requests. */
const NAMES_TRIED = 10;

/** Whether the registries that sources sweep list what lies in them; one page of each is read. */
export function checkInventories({ registries, sources, proxy }: Config): readonly Check[] {
  const swept = new Set(sources.flatMap((source) => (source.kind === 'poll' ? source.registryIds : [])));
  return registries
    .filter(({ id }) => swept.has(id))
    .map((entry) => ({
      name: `registry ${entry.id}, inventory`,
      async run(signal) {
        const registry = createConfiguredRegistry({ ...entry, proxy });
        try {
          const { inventory, covers } = registry;
          return inventory === undefined ? ok('it is not swept') : await look(inventory, covers, entry, signal);
        } finally {
          await registry.close();
        }
      },
    }));
}

async function look(
  inventory: RegistryInventory,
  covers: (repository: string) => boolean,
  { repositories, url }: Config['registries'][number],
  signal: AbortSignal,
): Promise<CheckResult> {
  const { entries, next, notTold = [] } = await inventory.listRepositories(undefined, signal);
  const missing: string[] = [];
  for (const name of repositories.filter((each) => !/[*?]/.test(each)).slice(0, NAMES_TRIED)) {
    if ((await inventory.listTags(name, undefined, signal)) === null) missing.push(name);
  }
  if (missing.length > 0) {
    return warn(`${url.host} has no repository ${missing.join(', ')}`, 'Correct `repositories`, or push to it first.');
  }
  if (notTold.length > 0) return warn(notTold.join('; '), 'See "Inventory" in docs/operations.md.');
  const count = entries.filter(covers).length;
  const more = next === undefined ? '' : ' on its first page, and more';
  return ok(`${count} repositories to be swept${more}, told by way of: ${inventory.way}`);
}

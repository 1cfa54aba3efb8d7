// The room `registry/inventory`: what lies in a registry, as its catalogue or an API of its own tells it.

import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import type { RegistryClient } from '../registry-client.ts';
import { createCatalogInventory } from './catalog-inventory.ts';
import { readConfiguredNames } from './configured-names.ts';

export interface InventoryOptions {
  readonly client: RegistryClient;
  /** As configured: globs and full names. */
  readonly repositories: readonly string[];
}

/** Creates what tells what lies in a registry, in the way its kind of registry has. */
export function createInventory({ client, repositories }: InventoryOptions): RegistryInventory {
  return createCatalogInventory(client, readConfiguredNames(repositories));
}

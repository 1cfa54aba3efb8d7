import type { ImageReference } from '../../domain/image-reference.ts';
import { FaultError } from '../../kit/errors.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import type { OnUntold } from './scan-outcome.ts';
import type { ScanPlace } from './scan-places.ts';

/** A repository whose tags are to be looked at; or the one image of it. */
export interface FoundRepository {
  readonly place: ScanPlace;
  readonly repository: string;
  readonly image?: ImageReference;
}

/**
 * The repositories of all places, each once, as they are listed. A registry that cannot be listed, or not to its end,
 * is reported to `onUntold`, and the others are still listed.
 * @throws only what is a defect of ours
 */
export async function* findRepositories(
  places: readonly ScanPlace[],
  onUntold: OnUntold,
  signal: AbortSignal,
): AsyncGenerator<FoundRepository, void> {
  const seen = new Set<string>();
  for (const place of places) {
    const { host } = place.registries.own;
    try {
      for await (const found of repositoriesOf(place, onUntold, signal)) {
        if (signal.aborted) return;
        const { repository, image } = found;
        const name = `${host}/${repository} ${image?.tag ?? ''} ${image?.digest ?? ''}`;
        if (seen.has(name)) continue;
        seen.add(name);
        yield found;
      }
    } catch (fault) {
      if (signal.aborted) return;
      if (!(fault instanceof FaultError)) throw fault;
      onUntold(host, fault);
    }
  }
}

async function* repositoriesOf(
  place: ScanPlace,
  onUntold: OnUntold,
  signal: AbortSignal,
): AsyncGenerator<FoundRepository, void> {
  if (place.only !== undefined) {
    yield { place, ...place.only };
    return;
  }
  const inventory = inventoryOf(place);
  let from: string | undefined;
  do {
    const page = await inventory.listRepositories(from, signal);
    for (const reason of page.notTold ?? []) onUntold(place.registries.own.host, partial(reason));
    for (const repository of page.entries) if (place.covers(repository)) yield { place, repository };
    from = page.next;
  } while (from !== undefined);
}

/** What a list could not tell, while it told the rest. */
export function partial(reason: string): FaultError {
  return new FaultError('INVENTORY_UNAVAILABLE', reason, { retryable: false });
}

/** @throws {FaultError} `INVENTORY_UNAVAILABLE` */
export function inventoryOf({ registries }: ScanPlace): RegistryInventory {
  const { inventory, host } = registries.own;
  if (inventory !== undefined) return inventory;
  throw new FaultError('INVENTORY_UNAVAILABLE', `${host} cannot be asked what lies in it`, { retryable: false });
}

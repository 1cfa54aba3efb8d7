import { normalHost } from '../domain/host-name.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';

/**
 * The registry whose event this is, of those that a receiver serves. If a receiver serves one registry, every event is
 * of that registry: the sender has authenticated, while in some registries the host in an event is what the *pusher*
 * typed, who could avoid being judged with it. Only where several registries share a receiver does the host decide;
 * `undefined` if it names none of them.
 */
export function chooseRegistry<T extends Pick<ConfiguredRegistry, 'host' | 'eventHosts' | 'covers'>>(
  { host, repository }: Pick<RegistryEvent, 'host' | 'repository'>,
  served: readonly T[],
): T | undefined {
  if (served.length <= 1) return served[0];
  const named = served.filter((registry) => host !== null && isCalled(host, registry));
  // Entries of one host divide its repositories.
  return named.find((registry) => repository !== null && registry.covers(repository)) ?? named[0];
}

/** Whether the configuration calls the registry by this name. */
export function isCalled(host: string, registry: Pick<ConfiguredRegistry, 'host' | 'eventHosts'>): boolean {
  const name = normalHost(host);
  return [registry.host, ...(registry.eventHosts ?? [])].some((known) => normalHost(known) === name);
}

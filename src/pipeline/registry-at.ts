import type { ConfiguredRegistry, Registries } from '../ports/registries.ts';

/**
 * The configured registry a repository lies in. Several entries may share a host and divide its repositories; one that
 * nobody looks after is still reached as the host's first entry says. Only what people wrote is asked for here.
 */
export function registryAt(
  registries: Registries,
  { host, repository }: { readonly host: string; readonly repository: string },
): ConfiguredRegistry | undefined {
  const ofHost = [...registries.values()].filter((registry) => registry.host === host);
  return ofHost.find((registry) => registry.covers(repository)) ?? ofHost[0];
}

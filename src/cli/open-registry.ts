import { registryOptions } from '../compose/create-registries.ts';
import type { RegistryConfig } from '../config/registry-schema.ts';
import type { ImageReference } from '../domain/image-reference.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../registry/configured-registry.ts';

/**
 * Opens the configured registry an image lies in; `undefined` if none has its host. Two entries may share a host and
 * divide its repositories; one that nobody looks after is still reached as the host's first entry says.
 */
export function openRegistry(image: ImageReference, registries: readonly RegistryConfig[]): OpenRegistry | undefined {
  const open = registries.map((entry) => createConfiguredRegistry(registryOptions(entry)));
  const ofHost = open.filter(({ host }) => host === image.host);
  const chosen = ofHost.find((registry) => registry.covers(image.repository)) ?? ofHost[0];
  // Nothing was contacted, so there is nothing to wait for.
  for (const other of open) if (other !== chosen) void other.close();
  return chosen;
}

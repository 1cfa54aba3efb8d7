import type { Config } from '../config/config.ts';
import { formatImageReference, type ImageReference } from '../domain/image-reference.ts';
import { registryName } from '../domain/registry-name.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { nearestWord } from '../kit/nearest-word.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../registry/configured-registry.ts';

/**
 * Opens the configured registry an image lies in; `undefined` if none has its host. Two entries may share a host and
 * divide its repositories; one that nobody looks after is still reached as the host's first entry says.
 */
export function openRegistry(
  image: ImageReference,
  config: Pick<Config, 'registries' | 'proxy'>,
): OpenRegistry | undefined {
  const open = config.registries.map((entry) => createConfiguredRegistry({ ...entry, proxy: config.proxy }));
  const ofHost = open.filter(({ host }) => host === image.host);
  const chosen = ofHost.find((registry) => registry.covers(image.repository)) ?? ofHost[0];
  // Nothing was contacted, so there is nothing to wait for.
  for (const other of open) if (other !== chosen) void other.close();
  return chosen;
}

/** The same, where it must be a configured one. @throws {InvalidInputError} `REFERENCE_INVALID` */
export function openRegistryOf(image: ImageReference, config: Pick<Config, 'registries' | 'proxy'>): OpenRegistry {
  const chosen = openRegistry(image, config);
  if (chosen !== undefined) return chosen;
  const hosts = config.registries.map(({ url }) => registryName(url));
  const nearest = nearestWord(image.host, hosts);
  throw new InvalidInputError('REFERENCE_INVALID', `no configured registry has the host ${image.host}`, [
    {
      where: formatImageReference(image),
      message: `expected an image of ${hosts.join(', ')}`,
      ...(nearest !== undefined && { hint: `Did you mean ${nearest}?` }),
    },
  ]);
}

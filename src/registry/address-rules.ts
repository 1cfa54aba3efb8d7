import { isIP } from 'node:net';
import { classifyAddress } from './address-range.ts';
import { type AddressRules, bareHost, resolveHost } from './guarded-lookup.ts';
import type { RegistryOptions } from './registry-options.ts';

/**
 * Which addresses may be dialled on behalf of one registry: its own host and its token services wherever they are,
 * other hosts in private networks only if the registry itself is in one, unless the configuration says.
 */
export function createAddressRules(base: URL, options: RegistryOptions): AddressRules {
  const resolve = options.resolve ?? resolveHost;
  const own = bareHost(base.hostname);
  const realms = (options.realmHosts ?? []).map((host) => bareHost(host.replace(/:\d+$/, '')));
  return {
    configuredHosts: new Set([own, ...realms]),
    allowPrivate: async () => options.private ?? (await isPrivate(own, resolve)),
    resolve,
  };
}

async function isPrivate(host: string, resolve: NonNullable<RegistryOptions['resolve']>): Promise<boolean> {
  const addresses = isIP(host) === 0 ? (await resolve(host)).map(({ address }) => address) : [host];
  return addresses.length > 0 && addresses.every((address) => classifyAddress(address) === 'private');
}

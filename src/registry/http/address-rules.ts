import { isIP } from 'node:net';
import { chooseProxy } from '../../domain/proxy-rules.ts';
import type { RegistryOptions } from '../registry-options.ts';
import { classifyAddress } from './address-range.ts';
import { type AddressRules, bareHost, resolveHost } from './guarded-lookup.ts';
import { classifyName } from './private-name.ts';

type AddressOptions = Pick<RegistryOptions, 'realmHosts' | 'resolve' | 'private' | 'proxy'>;

/**
 * Which addresses may be dialled on behalf of one registry: its own host and its token services wherever they are,
 * other hosts in private networks only if the registry itself is in one, unless the configuration says.
 */
export function createAddressRules(base: URL, options: AddressOptions): AddressRules {
  const resolve = options.resolve ?? resolveHost;
  const own = bareHost(base.hostname);
  const realms = (options.realmHosts ?? []).map((host) => bareHost(host.replace(/:\d+$/, '')));
  return {
    configuredHosts: new Set([own, ...realms]),
    allowPrivate: async () => options.private ?? (await isPrivate(own, base, options)),
    resolve,
  };
}

async function isPrivate(host: string, base: URL, { resolve = resolveHost, proxy }: AddressOptions): Promise<boolean> {
  if (isIP(host) !== 0) return classifyAddress(host) === 'private';
  const isProxied = proxy !== undefined && chooseProxy(proxy, base) !== undefined;
  if (isProxied && classifyName(host) === 'private') return true;
  const addresses = (
    await resolve(host).catch((error: unknown) => {
      // A name that only the proxy knows is somewhere outside.
      if (isProxied) return [];
      throw error;
    })
  ).map(({ address }) => address);
  return addresses.length > 0 && addresses.every((address) => classifyAddress(address) === 'private');
}

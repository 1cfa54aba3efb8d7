import { describe, expect, it } from 'vitest';
import { createConfiguredRegistry } from '../../../src/registry/configured-registry.ts';
import { createAddressRules } from '../../../src/registry/http/address-rules.ts';
import type { RegistryOptions } from '../../../src/registry/registry-options.ts';

function options(over: Partial<RegistryOptions> = {}): RegistryOptions {
  const url = new URL('https://registry.example.com:5000');
  return { id: 'prod', url, repositories: ['acme/**'], credentials: { kind: 'none' }, ...over };
}

describe('createConfiguredRegistry', () => {
  it('is called by the host and port of its URL, as images are', () => {
    expect(createConfiguredRegistry(options()).host).toBe('registry.example.com:5000');
  });

  it.each(['https://docker.io', 'https://index.docker.io', 'https://registry-1.docker.io'])(
    'calls %s docker.io, as images do',
    (url) => {
      expect(createConfiguredRegistry(options({ url: new URL(url) })).host).toBe('docker.io');
    },
  );

  it('covers the repositories of its globs and no others', () => {
    const { covers } = createConfiguredRegistry(options({ repositories: ['acme/**', 'tools/*'] }));
    expect(['acme/app', 'acme/team/app', 'tools/x'].every(covers)).toBe(true);
    expect(['acme', 'evil/acme/app', 'tools/x/y'].some(covers)).toBe(false);
  });

  it('has a writer only with write credentials, of which "none" is one kind', () => {
    expect(createConfiguredRegistry(options()).writer).toBeUndefined();
    expect(createConfiguredRegistry(options({ writeCredentials: { kind: 'none' } })).writer).toBeDefined();
  });

  it('reads and writes nothing by the name of an event', () => {
    const { host, eventHosts } = createConfiguredRegistry(options({ eventHosts: ['alias.example.com'] }));
    expect([host, eventHosts]).toEqual(['registry.example.com:5000', ['alias.example.com']]);
  });
});

describe('createAddressRules', () => {
  const at = (address: string) => async () => [{ address, family: 4 }];
  const rules = (over: Partial<RegistryOptions>) => createAddressRules(options().url, options(over));

  it('lets redirects lead to private addresses only where the registry is at one itself', async () => {
    expect(await rules({ resolve: at('10.0.0.7') }).allowPrivate()).toBe(true);
    expect(await rules({ resolve: at('93.184.216.34') }).allowPrivate()).toBe(false);
    expect(await rules({ resolve: async () => [] }).allowPrivate()).toBe(false);
  });

  it('takes the word of the configuration before that', async () => {
    expect(await rules({ resolve: at('10.0.0.7'), private: false }).allowPrivate()).toBe(false);
    expect(await rules({ resolve: at('93.184.216.34'), private: true }).allowPrivate()).toBe(true);
  });

  it('counts the registry and its token services as configured, and nobody else', () => {
    const { configuredHosts } = rules({ realmHosts: ['auth.example.com:8443'] });
    expect([...configuredHosts]).toEqual(['registry.example.com', 'auth.example.com']);
  });
});

import type { Config } from '../config/config.ts';
import type { CredentialsConfig, RegistryConfig } from '../config/registry-schema.ts';
import type { Registries } from '../ports/registries.ts';
import { createConfiguredRegistry } from '../registry/configured-registry.ts';
import type { RegistryCredentials, RegistryOptions } from '../registry/registry-options.ts';

/** All registries of the configuration, with their connections. */
export interface OpenRegistries {
  readonly byId: Registries;
  close(): Promise<void>;
}

/** Who is told of the answers of registries. */
export interface RegistryHooks {
  readonly onRequest: NonNullable<RegistryOptions['onRequest']>;
  /** The host of a registry, and what time it is there. */
  readonly onServerTime: (host: string, time: Date) => void;
}

/** Prepares every configured registry; nothing is contacted yet. */
export function createRegistries(config: Pick<Config, 'registries' | 'proxy'>, hooks: RegistryHooks): OpenRegistries {
  const open = config.registries.map((entry) => {
    const onServerTime = (time: Date): void => hooks.onServerTime(entry.url.host, time);
    return createConfiguredRegistry({
      ...registryOptions(entry, config.proxy),
      onRequest: hooks.onRequest,
      onServerTime,
    });
  });
  return {
    byId: new Map(open.map((registry) => [registry.id, registry])),
    close: async () => void (await Promise.all(open.map((registry) => registry.close()))),
  };
}

/** The adapter's options for one registry of the configuration; the secrets leave their wrappers here. */
export function registryOptions(entry: RegistryConfig, proxy: Config['proxy']): RegistryOptions {
  const { kind: _, credentials, writeCredentials, ...rest } = entry;
  return {
    ...rest,
    ...(proxy !== undefined && { proxy }),
    credentials: reveal(credentials),
    ...(writeCredentials !== undefined && { writeCredentials: reveal(writeCredentials) }),
  };
}

function reveal(credentials: CredentialsConfig): RegistryCredentials {
  if (credentials.kind !== 'basic') return credentials;
  return { ...credentials, password: credentials.password.reveal() };
}

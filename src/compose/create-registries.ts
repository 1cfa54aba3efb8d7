import type { Config } from '../config/config.ts';
import type { Registries } from '../ports/registries.ts';
import { createConfiguredRegistry } from '../registry/configured-registry.ts';
import type { RegistryOptions } from '../registry/registry-options.ts';

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
  /** What is kept of images that are locked. */
  readonly lockedImages: NonNullable<RegistryOptions['lockedImages']>;
}

/**
 * Prepares every configured registry; nothing is contacted yet.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a URL that is not the root of a registry
 */
export function createRegistries(config: Pick<Config, 'registries' | 'proxy'>, hooks: RegistryHooks): OpenRegistries {
  const open = config.registries.map((entry) => {
    const onServerTime = (time: Date): void => hooks.onServerTime(entry.url.host, time);
    return createConfiguredRegistry({
      ...entry,
      proxy: config.proxy,
      onRequest: hooks.onRequest,
      lockedImages: hooks.lockedImages,
      onServerTime,
    });
  });
  return {
    byId: new Map(open.map((registry) => [registry.id, registry])),
    close: async () => void (await Promise.all(open.map((registry) => registry.close()))),
  };
}

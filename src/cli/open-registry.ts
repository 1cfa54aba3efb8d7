import type { CredentialsConfig, RegistryConfig } from '../config/registry-schema.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../registry/configured-registry.ts';
import type { RegistryCredentials } from '../registry/registry-options.ts';

/** Opens a registry of the configuration; nothing is contacted yet. */
export function openRegistry(config: RegistryConfig): OpenRegistry {
  const { credentials, writeCredentials, kind: _, ...rest } = config;
  return createConfiguredRegistry({
    ...rest,
    credentials: reveal(credentials),
    ...(writeCredentials && { writeCredentials: reveal(writeCredentials) }),
  });
}

function reveal(credentials: CredentialsConfig): RegistryCredentials {
  if (credentials.kind !== 'basic') return credentials;
  return { ...credentials, password: credentials.password.reveal() };
}

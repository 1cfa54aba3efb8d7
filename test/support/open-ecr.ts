import { vi } from 'vitest';
import type { RegistryOptions } from '../../src/registry/registry-options.ts';
import { openRegistry, type TestRegistry } from './open-registry.ts';
import type { Ecr } from './servers/ecr.ts';

/** Opens a client of this registry of ECR for one test, as somebody whom AWS's SDK finds in the environment. */
export function openEcr(ecr: Ecr, options: Partial<RegistryOptions> = {}): TestRegistry {
  signIn();
  const { region, registryId, url } = ecr;
  return openRegistry(url, {
    credentials: { kind: 'aws' },
    ecr: { region, registryId, endpoint: new URL(url) },
    ...options,
  });
}

/** Lets AWS's SDK find somebody in the environment, whatever this machine knows. */
export function signIn(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret-key');
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  vi.stubEnv('AWS_PROFILE', undefined);
}

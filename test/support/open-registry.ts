import { onTestFinished } from 'vitest';
import { createConfiguredRegistry, type OpenRegistry } from '../../src/registry/configured-registry.ts';
import type { RegistryOptions, RequestInfo } from '../../src/registry/registry-options.ts';

/** A registry as a test opened it, with a count of what was sent. */
export interface TestRegistry extends OpenRegistry {
  /** `GET 200`, in the order of the answers. */
  readonly sent: readonly string[];
}

/** Opens a client of this registry for one test: anonymous, all repositories, quick pauses; closed when it ends. */
export function openRegistry(url: URL | string, options: Partial<RegistryOptions> = {}): TestRegistry {
  const sent: string[] = [];
  const registry = createConfiguredRegistry({
    id: 'test',
    url: new URL(url),
    repositories: ['**'],
    credentials: { kind: 'none' },
    onRequest: ({ method, status }: RequestInfo) => sent.push(`${method} ${status}`),
    ...options,
  });
  onTestFinished(() => registry.close());
  return { ...registry, sent };
}

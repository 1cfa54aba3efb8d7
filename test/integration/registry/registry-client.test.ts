import { expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../../src/kit/secret.ts';
import { createCredentialSource } from '../../../src/registry/auth/credential-source.ts';
import { createCircuitBreaker } from '../../../src/registry/http/circuit-breaker.ts';
import { createHttpTransport } from '../../../src/registry/http/http-transport.ts';
import { createRequestGate } from '../../../src/registry/http/request-gate.ts';
import { REGISTRY_LIMITS } from '../../../src/registry/limits.ts';
import { createRegistryClient } from '../../../src/registry/registry-client.ts';
import { startHostileRegistry } from '../../support/hostile-registry.ts';

it('B1: sends nothing to another origin than its registry, whoever asks', async () => {
  const server = await startHostileRegistry(() => ({ body: 'x' }));
  onTestFinished(() => server.stop());
  const base = new URL('http://registry.test');
  const transport = createHttpTransport({
    registryId: 'test',
    limits: REGISTRY_LIMITS,
    addresses: { configuredHosts: new Set(['127.0.0.1']), allowPrivate: async () => true },
  });
  onTestFinished(() => transport.close());
  const client = createRegistryClient({
    base,
    host: base.host,
    realmHosts: [],
    credentials: createCredentialSource(
      { kind: 'basic', username: 'robot', password: new Secret('canary-password') },
      base.host,
    ),
    limits: REGISTRY_LIMITS,
    transport,
    breaker: createCircuitBreaker({ host: 'registry.test', leastMs: 10_000 }),
    gate: createRequestGate({ host: base.host, concurrency: 1, pauseMs: 0 }),
  });
  const request = { method: 'GET', url: new URL('/v2/', server.url), actions: [], maxBytes: 100 } as const;
  await expect(client.send(request)).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
  expect(server.connections).toBe(0);
});

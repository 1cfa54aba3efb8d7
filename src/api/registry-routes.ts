import type { FastifyPluginAsync } from 'fastify';
import type { ToldCapability } from '../domain/told-capability.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { CheckAccess } from './access.ts';

/** What the API shows of a registry. */
export type ShownRegistry = Pick<ConfiguredRegistry, 'id' | 'host' | 'title' | 'capabilities'>;

/** Serves `/api/v1/registries`: what can be done in each. */
export function createRegistryRoutes(
  registries: () => Iterable<ShownRegistry>,
  checkAccess: CheckAccess,
): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => checkAccess(request, reply));
    app.get('/api/v1/registries', async () => ({ registries: Array.from(registries(), viewRegistry) }));
  };
}

function viewRegistry({ id, host, title, capabilities }: ShownRegistry): Record<string, unknown> {
  const told = capabilities?.tell() ?? [];
  return { registry: id, host, kind: title ?? null, capabilities: told.map(viewCapability) };
}

function viewCapability(told: ToldCapability): Record<string, unknown> {
  const { capability, support, by } = told;
  const seen = 'at' in told ? { repository: told.repository ?? null, at: told.at.toISOString() } : {};
  return { capability, support, by, ...seen };
}

import type { FastifyPluginAsync } from 'fastify';
import type { HeldQuarantines, RecordedWrite } from '../ports/recorded-write.ts';
import type { RehearsalRecord } from '../ports/rehearsal-record.ts';
import type { CheckAccess } from './access.ts';
import { parseHeldFilter, parseRehearsalFilter } from './subject-filter.ts';

/** What the API reads of registry writes that were not made. */
export type UnmadeWrites = Pick<RehearsalRecord, 'readRehearsed'> & HeldQuarantines;

/** Serves `/api/v1/rehearsal`, what was put on record instead of being written, and `/api/v1/held`, what limits hold back. */
export function createRehearsalRoutes(unmade: UnmadeWrites, checkAccess: CheckAccess): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => checkAccess(request, reply));
    app.get('/api/v1/rehearsal', async (request) => {
      const { writes, next } = await unmade.readRehearsed(parseRehearsalFilter(request.query, new Date()));
      return { writes: writes.map((write) => ({ ...view(write), at: write.rehearsedAt.toISOString() })), next };
    });
    app.get('/api/v1/held', async (request) => {
      const { held, next } = await unmade.readHeld(parseHeldFilter(request.query));
      return { held: held.map((write) => ({ ...view(write), limitedBy: write.limitedBy, why: write.why })), next };
    });
  };
}

function view(write: RecordedWrite): Record<string, unknown> {
  const { registryId, repository, digest, tags, kind, mark, plannedAt, verdict } = write;
  return {
    registry: registryId,
    repository,
    digest,
    tags,
    kind,
    mark,
    plannedAt: plannedAt.toISOString(),
    outcome: verdict?.outcome ?? null,
    code: verdict?.code ?? null,
    reason: verdict?.reason ?? null,
    policies: verdict?.policies ?? [],
  };
}

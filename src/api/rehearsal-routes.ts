import type { FastifyPluginAsync } from 'fastify';
import type { AuditLog } from '../ports/audit-log.ts';
import type { HeldQuarantines, RecordedWrite } from '../ports/recorded-write.ts';
import type { RehearsalRecord } from '../ports/rehearsal-record.ts';
import type { CheckAccess } from './access.ts';
import { parseHeldFilter, parseLimit, parseRehearsalFilter } from './subject-filter.ts';

/** What the API reads of registry writes that were not made. */
export type UnmadeWrites = Pick<RehearsalRecord, 'readRehearsed'> & Pick<HeldQuarantines, 'readHeld'> & AuditLog;

/**
 * Serves `/api/v1/rehearsal`, what was put on record instead of being written; `/api/v1/held`, what limits hold back; and
 * `/api/v1/audit`, what people did by hand.
 */
export function createRehearsalRoutes(unmade: UnmadeWrites, checkAccess: CheckAccess): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => checkAccess(request, reply));
    app.get('/api/v1/rehearsal', async (request) => {
      const { writes, next } = await unmade.readRehearsed(parseRehearsalFilter(request.query, new Date()));
      return { writes: writes.map((write) => ({ ...view(write), at: write.rehearsedAt.toISOString() })), next };
    });
    app.get('/api/v1/held', async (request) => {
      const { held, next } = await unmade.readHeld(parseHeldFilter(request.query));
      return {
        held: held.map((write) => ({
          ...view(write),
          limitedBy: write.limitedBy,
          why: write.why,
          resumedBy: write.resumedBy,
        })),
        next,
      };
    });
    app.get('/api/v1/audit', async (request) => {
      const entries = await unmade.readAudit(parseLimit(request.query));
      return { entries: entries.map((entry) => ({ ...entry, at: entry.at.toISOString() })) };
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

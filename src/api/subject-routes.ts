import type { FastifyPluginAsync } from 'fastify';
import { parseDigest } from '../domain/digest.ts';
import { isRepositoryName } from '../domain/image-reference.ts';
import type { Subject } from '../domain/subject.ts';
import { InvalidInputError } from '../kit/errors.ts';
import type { RecordQuery } from '../ports/record-query.ts';
import type { UntoldCause, UntoldImage, UntoldQuery } from '../ports/untold-query.ts';
import type { CheckAccess } from './access.ts';
import { OPENAPI } from './openapi.ts';
import { parseLimit, parseSubjectFilter } from './subject-filter.ts';
import { viewHistory, viewSubject } from './subject-view.ts';

/** Serves the read-only API under `/api/v1`: a page of subjects, everything about one, and its own description. */
export function createSubjectRoutes(query: RecordQuery & UntoldQuery, checkAccess: CheckAccess): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => checkAccess(request, reply));
    app.get('/api/v1/openapi.json', async () => OPENAPI);
    app.get('/api/v1/subjects', async (request) => {
      const { subjects, next } = await query.listSubjects(parseSubjectFilter(request.query));
      return { subjects: subjects.map(viewSubject), next };
    });
    app.get('/api/v1/could-not-tell', async (request) => {
      const limit = parseLimit(request.query);
      return viewUntold(await query.countUntold(), await query.readUntold(limit));
    });
    app.get<{ Params: { '*': string } }>('/api/v1/subjects/*', async (request) => {
      const subject = parseSubjectPath(request.params['*']);
      const history = await query.readHistory(subject);
      if (history === null) throw new InvalidInputError('SUBJECT_UNKNOWN', 'nothing is on record about this image');
      return viewHistory(history);
    });
  };
}

/** `registry/repository@digest`, where the repository may hold slashes. */
function parseSubjectPath(path: string): Subject {
  const slash = path.indexOf('/');
  const at = path.lastIndexOf('@');
  const repository = path.slice(slash + 1, at);
  const digest = parseDigest(path.slice(at + 1));
  if (slash < 1 || at < slash || digest === undefined || !isRepositoryName(repository)) {
    const message = 'expected /api/v1/subjects/REGISTRY/REPOSITORY@sha256:DIGEST';
    throw new InvalidInputError('REFERENCE_INVALID', message);
  }
  return { registryId: path.slice(0, slash), repository, digest };
}

/** What could not be told by now, as the API shows it. */
function viewUntold(causes: readonly UntoldCause[], images: readonly UntoldImage[]): Record<string, unknown> {
  return {
    count: causes.reduce((sum, { count }) => sum + count, 0),
    causes: causes.map(({ registryId, code, count, since }) => ({
      registry: registryId,
      code,
      count,
      since: since.toISOString(),
    })),
    images: images.map(({ registryId, repository, digest, tags, code, reason, since, nextCheckAt }) => ({
      registry: registryId,
      repository,
      digest,
      tags,
      code,
      reason,
      since: since.toISOString(),
      nextCheckAt: nextCheckAt?.toISOString() ?? null,
    })),
  };
}

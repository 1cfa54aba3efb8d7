import { z } from 'zod';
import { InvalidInputError } from '../kit/errors.ts';
import type { RecordQuery } from '../ports/record-query.ts';

// Enough for a screen by default; a page stays below a megabyte.
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_TEXT = 512;

const text = z.string().min(1).max(MAX_TEXT);
const schema = z.strictObject({
  outcome: z.enum(['pass', 'fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input']).optional(),
  state: z.enum(['pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked']).optional(),
  mark: z.enum(['none', 'quarantined', 'released']).optional(),
  registry: text.optional(),
  repository: text.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: text.optional(),
});

/** Reads the query of `/api/v1/subjects`. @throws {InvalidInputError} `USAGE_INVALID` naming every wrong parameter */
export function parseSubjectFilter(query: unknown): Parameters<RecordQuery['listSubjects']>[0] {
  const parsed = schema.safeParse(query);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ where: path.join('.') || 'query', message }));
    const words = issues.map(({ where, message }) => `${where}: ${message}`).join('; ');
    throw new InvalidInputError('USAGE_INVALID', words, issues);
  }
  const { outcome, state, mark, registry, repository, limit, cursor } = parsed.data;
  return {
    limit,
    ...(outcome !== undefined && { outcome }),
    ...(state !== undefined && { state }),
    ...(mark !== undefined && { mark }),
    ...(registry !== undefined && { registryId: registry }),
    ...(repository !== undefined && { repository }),
    ...(cursor !== undefined && { cursor }),
  };
}

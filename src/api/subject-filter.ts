import { z } from 'zod';
import { InvalidInputError } from '../kit/errors.ts';
import type { RecordQuery } from '../ports/record-query.ts';

// Enough for a screen by default; a page stays below a megabyte.
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_TEXT = 512;

const text = z.string().min(1).max(MAX_TEXT);
const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);
const schema = z.strictObject({
  outcome: z.enum(['pass', 'fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input']).optional(),
  state: z.enum(['pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked']).optional(),
  mark: z.enum(['none', 'quarantined', 'released']).optional(),
  registry: text.optional(),
  repository: text.optional(),
  limit,
  cursor: text.optional(),
});

const limitSchema = z.strictObject({ limit });

/** Reads the query of `/api/v1/subjects`. @throws {InvalidInputError} `USAGE_INVALID` naming every wrong parameter */
export function parseSubjectFilter(query: unknown): Parameters<RecordQuery['listSubjects']>[0] {
  const { outcome, state, mark, registry, repository, limit, cursor } = parse(schema, query);
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

/** Reads the query of a list without pages. @throws {InvalidInputError} `USAGE_INVALID` */
export function parseLimit(query: unknown): number {
  return parse(limitSchema, query).limit;
}

function parse<T>(by: z.ZodType<T>, query: unknown): T {
  const parsed = by.safeParse(query);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ where: path.join('.') || 'query', message }));
  const words = issues.map(({ where, message }) => `${where}: ${message}`).join('; ');
  throw new InvalidInputError('USAGE_INVALID', words, issues);
}

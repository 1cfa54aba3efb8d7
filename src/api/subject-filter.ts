import { z } from 'zod';
import { InvalidInputError } from '../kit/errors.ts';
import type { RecordQuery } from '../ports/record-query.ts';
import type { HeldQuarantines } from '../ports/recorded-write.ts';
import type { RehearsalRecord } from '../ports/rehearsal-record.ts';

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
const listSchema = z.strictObject({ limit, after: text.optional() });
const rehearsalSchema = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional(),
  limit,
  cursor: text.optional(),
});

/** A week: as long as one rehearses. */
const SINCE_MS = 7 * 24 * 3_600_000;

/** Reads the query of `/api/v1/rehearsal`. @throws {InvalidInputError} `USAGE_INVALID` naming every wrong parameter */
export function parseRehearsalFilter(query: unknown, now: Date): Parameters<RehearsalRecord['readRehearsed']>[0] {
  const { since, limit, cursor } = parse(rehearsalSchema, query);
  return {
    since: since === undefined ? new Date(now.getTime() - SINCE_MS) : new Date(since),
    limit,
    ...(cursor !== undefined && { cursor }),
  };
}

/** Reads the query of `/api/v1/held`. @throws {InvalidInputError} `USAGE_INVALID` naming every wrong parameter */
export function parseHeldFilter(query: unknown): Parameters<HeldQuarantines['readHeld']>[0] {
  const { limit, after } = parse(listSchema, query);
  return { limit, ...(after !== undefined && { after }) };
}

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

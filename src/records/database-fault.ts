import type pg from 'pg';
import { errorCode } from '../kit/error-code.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';

// https://www.postgresql.org/docs/18/errcodes-appendix.html: whole classes that say "not now" about any statement.
// 08 connection, 25 read-only (a replica), 28 authorization, 3D no such database, 40 rolled back by a conflict,
// 53 out of disk, memory or connections, 57 shut down or cancelled, 58 I/O error.
const UNAVAILABLE_CLASSES = new Set(['08', '25', '28', '3D', '40', '53', '57', '58']);
// Classes an operator must mend: credentials and names do not heal by themselves.
const PERMANENT_CLASSES = new Set(['28', '3D']);
const TOO_MANY = '53300';
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EACCES',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
// pg throws these as plain errors without a code.
const CONNECTION_MESSAGE =
  /^(?:Connection terminated|timeout (?:expired|exceeded)|Client has encountered a connection error|Cannot use a pool after|The server does not support SSL)/i;

/**
 * Turns what `pg` throws when the database does not do its part into a `FaultError` `DATABASE_UNAVAILABLE` that names
 * the host and never the password. Errors that are ours (a wrong statement) and faults already named come back as
 * they are.
 */
export function toDatabaseFault(error: unknown, pool: pg.Pool): unknown {
  if (error instanceof FaultError || error instanceof InvalidInputError || !(error instanceof Error)) return error;
  const code = errorCode(error);
  if (!isUnavailable(code, error.message)) return error;
  const why = code === undefined ? error.message : `${error.message || 'no answer'} (${code})`;
  const permanent = code !== undefined && PERMANENT_CLASSES.has(code.slice(0, 2));
  return new FaultError('DATABASE_UNAVAILABLE', `the database at ${placeOf(pool)} is not available: ${why}`, {
    retryable: !permanent,
    cause: error,
    ...(code !== undefined && { remoteCode: code }),
    hint: hintFor(code, permanent),
  });
}

function hintFor(code: string | undefined, permanent: boolean): string {
  if (permanent) return 'check user, password and database name of postgres.url';
  if (code === TOO_MANY) return 'raise max_connections of the server: each process takes up to 11, or 23 without redis';
  return 'check that the server runs and can be reached from here';
}

function isUnavailable(code: string | undefined, message: string): boolean {
  if (code === undefined) return CONNECTION_MESSAGE.test(message);
  return NETWORK_CODES.has(code) || (code.length === 5 && UNAVAILABLE_CLASSES.has(code.slice(0, 2)));
}

function placeOf(pool: pg.Pool): string {
  const { host, port, connectionString } = pool.options;
  if (connectionString !== undefined && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    return url.host || url.searchParams.get('host') || 'localhost';
  }
  return host?.startsWith('/') ? `socket ${host}` : `${host ?? 'localhost'}:${port ?? 5432}`;
}

import { FaultError, InvalidInputError } from '../kit/errors.ts';

// https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors and, for PostgreSQL, class 28 and 3D of
// https://www.postgresql.org/docs/18/errcodes-appendix.html: an operator must mend these, they do not pass.
const PERMANENT = /^(?:NOAUTH|WRONGPASS|NOPERM)\b/;
const PERMANENT_CODES = /^(?:28|3D)/;

/** Turns whatever the store's client threw into a `FaultError` `QUEUE_UNAVAILABLE` that names the place, not the password. */
export function toQueueFault(error: unknown, place: string): FaultError | InvalidInputError {
  if (error instanceof FaultError || error instanceof InvalidInputError) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const permanent = PERMANENT.test(message) || (code !== undefined && PERMANENT_CODES.test(code));
  return new FaultError('QUEUE_UNAVAILABLE', `the queue in ${place} is not available: ${message}`, {
    retryable: !permanent,
    cause: error,
    ...(code !== undefined && { remoteCode: code }),
    hint: permanent ? 'check the user and password it is given' : 'check that it runs and can be reached from here',
  });
}

/** Gives up on an answer that does not come: a store that hangs must not hang whoever adds a job. */
export async function within<T>(work: Promise<T>, ms: number, place: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the queue in ${place} is not available: no answer within ${ms / 1000} s`;
    const hint = 'check that it is not overloaded or stopped';
    reject(new FaultError('QUEUE_UNAVAILABLE', message, { retryable: true, hint }));
  }, ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // If the answer comes after all and is an error, nobody waits for it, so it is handled here.
    work.catch(() => undefined);
  }
}

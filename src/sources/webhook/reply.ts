import type { FastifyReply } from 'fastify';
import type { FaultError, InvalidInputError } from '../../kit/errors.ts';

// Long enough for a database to come back, short enough that a retry is soon.
const RETRY_AFTER_S = 5;

/** Answers with an error as JSON; `retryAfterS` becomes the header. */
export function refuse(
  reply: FastifyReply,
  status: number,
  body: { readonly code: string; readonly message: string; readonly [more: string]: unknown },
  retryAfterS?: number,
): FastifyReply {
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS));
  return reply.code(status).send(body);
}

/** Answers "our fault, deliver again". The cause stays in the log. */
export function refuseForNow(reply: FastifyReply, error: FaultError): FastifyReply {
  const seconds = error.retryAfterMs === undefined ? RETRY_AFTER_S : Math.ceil(error.retryAfterMs / 1000);
  const message = 'the delivery could not be taken now; deliver it again later';
  return refuse(reply, 503, { code: error.code, message }, Math.max(1, seconds));
}

/** The status for a payload that cannot be taken in. */
export function statusOf(error: InvalidInputError): number {
  return error.code === 'EVENT_TOO_LARGE' ? 413 : 400;
}

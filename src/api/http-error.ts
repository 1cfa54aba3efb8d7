import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { FaultError, InvalidInputError } from '../kit/errors.ts';

/** The body of every answer that is not a success. */
export interface HttpErrorBody {
  readonly code: string;
  readonly message: string;
  readonly [more: string]: unknown;
}

/** Answers with an error as JSON. */
export function sendError(reply: FastifyReply, status: number, body: HttpErrorBody): FastifyReply {
  return reply.code(status).send(body);
}

/** Creates the last catch of the server: what is the caller's fault, what may work later, and what is a bug. */
export function createErrorHandler(logger: Logger) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof InvalidInputError) {
      const status = error.code === 'SUBJECT_UNKNOWN' ? 404 : 400;
      return sendError(reply, status, { code: error.code, message: error.message, issues: error.issues });
    }
    if (error instanceof FaultError) {
      logger.error({ err: error, route: request.routeOptions.url }, 'request failed');
      void reply.header('retry-after', '5');
      return sendError(reply, 503, { code: error.code, message: 'this cannot be answered now; try again later' });
    }
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    if (status >= 400 && status < 500) return sendError(reply, status, { code: 'BAD_REQUEST', message: error.message });
    logger.error({ err: error, route: request.routeOptions.url }, 'request failed unexpectedly');
    return sendError(reply, 500, { code: 'INTERNAL', message: 'something went wrong; the log says what' });
  };
}

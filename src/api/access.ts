import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../kit/loopback.ts';
import { isSameSecret } from '../kit/same-secret.ts';
import type { Secret } from '../kit/secret.ts';
import { sendError } from './http-error.ts';

export interface AccessOptions {
  /** The host the server listens on. */
  readonly host: string;
  /** The bearer token of the API; needed unless the server listens on loopback only. */
  readonly token?: Secret;
  /** Host names, besides the loopback ones, under which a server on loopback may be called. */
  readonly allowedHosts?: readonly string[];
}

/** Decides whether a request may read; answers it and returns the reply when not. */
export type CheckAccess = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Creates the guard of everything that tells about images. With a token: the token. Without one, on loopback: the
 * Host header must name this machine, or a web page could read the API through a name that resolves to 127.0.0.1
 * (DNS rebinding). Without one and not on loopback: nobody.
 */
export function createAccessCheck(options: AccessOptions): CheckAccess {
  const { token, host } = options;
  if (token !== undefined && token.reveal() !== '') return (request, reply) => checkToken(token, request, reply);
  if (!isLoopback(host)) return refuseWithoutToken;
  return createHostCheck(options.allowedHosts ?? []);
}

/** Creates the guard against DNS rebinding alone: for what needs no token. */
export function createHostCheck(allowedHosts: readonly string[]): CheckAccess {
  const allowed = new Set([...LOOPBACK_NAMES, ...allowedHosts.map((name) => name.toLowerCase())]);
  return (request, reply) => {
    const host = (request.headers.host ?? '').toLowerCase();
    if (allowed.has(host.replace(/:\d{1,5}$/, ''))) return undefined;
    const message = 'expected a Host header that names this machine; add the name to the allowed hosts';
    return sendError(reply, 421, { code: 'HOST_NOT_ALLOWED', message });
  };
}

function checkToken(token: Secret, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const [scheme, given, ...rest] = (request.headers.authorization ?? '').split(' ');
  const isRight = scheme?.toLowerCase() === 'bearer' && rest.length === 0 && isSameSecret(given ?? '', token.reveal());
  if (isRight) return undefined;
  void reply.header('www-authenticate', 'Bearer');
  return sendError(reply, 401, { code: 'UNAUTHENTICATED', message: 'expected "Authorization: Bearer <API token>"' });
}

function refuseWithoutToken(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = 'the API needs a token unless the server listens on loopback only; configure one';
  return sendError(reply, 403, { code: 'TOKEN_NOT_CONFIGURED', message });
}

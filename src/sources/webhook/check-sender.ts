import type { FastifyReply, FastifyRequest } from 'fastify';
import { FaultError } from '../../kit/errors.ts';
import { peerCertificate } from './certificate-check.ts';
import type { ReceiverRoute } from './receiver-routes.ts';
import { refuse } from './reply.ts';
import { answerFault, refuseUnauthenticated, type WebhookDeps, WRONG_SIGNATURE } from './take-delivery.ts';
import type { UnauthenticatedLimit } from './unauthenticated-limit.ts';

/** A request that is looked at before a byte of its body is read. */
export interface Asking {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deps: WebhookDeps;
  readonly unauthenticated: UnauthenticatedLimit;
}

/**
 * Whether a sender proved himself, or may by a signature of his body; every other is answered. No reply is resolved with:
 * it is a thenable of `undefined`, and who waits for one cannot tell it from nothing.
 */
export async function maySend(route: ReceiverRoute, asking: Asking): Promise<boolean> {
  const { request, reply, deps, unauthenticated } = asking;
  const { authenticator, receiver } = route;
  const headers = request.raw.headersDistinct;
  if (authenticator.kind === 'signature') {
    if (authenticator.mayAccept(headers)) return mayTry(receiver.id, asking);
    void refuseUnauthenticated(route, request, reply, { ...deps, why: WRONG_SIGNATURE });
    return false;
  }
  if (authenticator.isCostly === true && !mayTry(receiver.id, asking)) return false;
  try {
    const judgement = await authenticator.judge({ headers, certificate: peerCertificate(request.raw.socket) });
    if (!judgement.isKnown) void refuseUnauthenticated(route, request, reply, { ...deps, ...judgement });
    else if (authenticator.isCostly === true) unauthenticated.giveBack(request.ip);
    return judgement.isKnown;
  } catch (error) {
    // Whether he may is what could not be told: that is our trouble, and he is asked to come again.
    if (error instanceof FaultError) {
      const problem = `whether a sender may deliver could not be told: ${error.message}`;
      deps.concerns.raise({ id: receiver.id, kind: 'refused', problem });
    }
    void answerFault(error, receiver.id, reply, deps);
    return false;
  }
}

/** Counts a request whose sender is not known yet; answers it where there were too many. */
function mayTry(id: string, { request, reply, deps, unauthenticated }: Asking): boolean {
  const waitS = unauthenticated.take(request.ip);
  if (waitS === 0) return true;
  deps.metrics.delivery(id, 'unauthentic');
  const message = 'too many requests of a sender who is not known';
  void refuse(reply, 429, { code: 'RATE_LIMITED', message }, waitS);
  return false;
}

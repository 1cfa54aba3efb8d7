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

/** Lets a sender pass who proved himself, or who may by a signature of his body; answers every other. */
export async function checkSender(route: ReceiverRoute, asking: Asking): Promise<FastifyReply | undefined> {
  const { request, reply, deps, unauthenticated } = asking;
  const { authenticator, receiver } = route;
  const headers = request.raw.headersDistinct;
  if (authenticator.kind === 'signature') {
    if (authenticator.mayAccept(headers)) return countTry(receiver.id, asking);
    return refuseUnauthenticated(route, request, reply, { ...deps, why: WRONG_SIGNATURE });
  }
  const refused = authenticator.isCostly === true ? countTry(receiver.id, asking) : undefined;
  if (refused !== undefined) return refused;
  try {
    const judgement = await authenticator.judge({ headers, certificate: peerCertificate(request.raw.socket) });
    if (!judgement.isKnown) return refuseUnauthenticated(route, request, reply, { ...deps, ...judgement });
    if (authenticator.isCostly === true) unauthenticated.giveBack(request.ip);
    return undefined;
  } catch (error) {
    // Whether he may is what could not be told: that is our trouble, and he is asked to come again.
    if (error instanceof FaultError) {
      const problem = `whether a sender may deliver could not be told: ${error.message}`;
      deps.concerns.raise({ id: receiver.id, kind: 'refused', problem });
    }
    return answerFault(error, receiver.id, reply, deps);
  }
}

/** Counts a request whose sender is not known yet; answers it where there were too many. */
function countTry(id: string, { request, reply, deps, unauthenticated }: Asking): FastifyReply | undefined {
  const waitS = unauthenticated.take(request.ip);
  if (waitS === 0) return undefined;
  deps.metrics.delivery(id, 'unauthentic');
  return refuse(reply, 429, { code: 'RATE_LIMITED', message: 'too many requests of a sender who is not known' }, waitS);
}

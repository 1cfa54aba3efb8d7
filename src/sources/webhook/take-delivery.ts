import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Delivery, RegistryEvent } from '../../domain/registry-event.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { Concerns } from '../../ports/concerns.ts';
import type { EventReceiver } from '../../ports/event-source.ts';
import type { DeliveryMetrics } from '../delivery-metrics.ts';
import type { AuthenticatorDeps } from './authentication.ts';
import { deliveryHeaders } from './delivery-headers.ts';
import type { RequestBody } from './read-body.ts';
import type { ReceiverRoute } from './receiver-routes.ts';
import { refuse, refuseForNow, statusOf } from './reply.ts';
import type { UnauthenticatedLimit } from './unauthenticated-limit.ts';

export interface WebhookDeps extends AuthenticatorDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly concerns: Concerns;
}

/** Takes one delivery to the record and answers it. */
export type TakeDelivery = (
  route: ReceiverRoute,
  body: RequestBody,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
) => Promise<FastifyReply>;

// Commits wait for a handful of database connections: a longer line only makes every sender wait for longer.
const MAX_IN_FLIGHT = 256;
// Registries such as distribution deliver a refused payload again for ever and hold back everything behind it. It is
// on record since the first time, so after a few refusals that a person can notice it is accepted.
const REFUSALS_BEFORE_ACCEPTING = 3;
/**
 * Creates the handler of a request whose body was read: authenticate, limit, parse, store, and only then 202.
 * What cannot be parsed is kept with the reason.
 */
export function createTaker(deps: WebhookDeps, unauthenticated: UnauthenticatedLimit): TakeDelivery {
  const countRefusal = createRefusalMemory();
  let inFlight = 0;

  async function take(
    route: ReceiverRoute,
    { payload: body, check }: RequestBody,
    { request, reply }: Parameters<TakeDelivery>[2],
  ): Promise<FastifyReply> {
    if (check !== undefined) {
      if (!check.accepts(request.raw.headersDistinct)) {
        return refuseUnauthenticated(route, request, reply, { ...deps, why: WRONG_SIGNATURE });
      }
      unauthenticated.giveBack(request.ip);
    }
    const { id } = route.receiver;
    const waitS = route.bucket.take();
    if (waitS > 0) {
      deps.metrics.delivery(id, 'rate-limited');
      reportDiscarded(deps, id, 'more deliveries than this receiver takes');
      return refuse(reply, 429, { code: 'RATE_LIMITED', message: 'more deliveries than this receiver takes' }, waitS);
    }
    if (inFlight >= MAX_IN_FLIGHT) {
      deps.metrics.delivery(id, 'overloaded');
      return refuse(reply, 503, { code: 'OVERLOADED', message: 'too many deliveries at once' }, 1);
    }
    inFlight += 1;
    try {
      const headers = deliveryHeaders(request, route.receiver.authentication);
      return await store(route, { body, headers }, reply);
    } catch (error) {
      return answerFault(error, id, reply, deps);
    } finally {
      inFlight -= 1;
    }
  }

  async function store(route: ReceiverRoute, delivery: Delivery, reply: FastifyReply): Promise<FastifyReply> {
    const { id, registryIds, dialect, handshake } = route.receiver;
    let events: readonly RegistryEvent[];
    try {
      const answer = handshake?.answer(delivery);
      if (answer !== undefined) return agree(id, reply, answer);
      events = dialect(delivery);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      return refusePayload(route, delivery, error, reply);
    }
    await deps.receiver.receive({ sourceId: id, registryIds }, events);
    deps.metrics.delivery(id, 'accepted');
    return reply.code(202).send({ status: 'accepted', events: events.length });
  }

  function agree(id: string, reply: FastifyReply, answer: object): FastifyReply {
    deps.metrics.delivery(id, 'accepted');
    deps.logger.info({ sourceId: id }, 'a subscription asked whether its events are expected: they are');
    return reply.code(200).send(answer);
  }

  async function refusePayload(
    route: ReceiverRoute,
    { body }: Delivery,
    error: InvalidInputError,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { id } = route.receiver;
    await deps.receiver.park({ sourceId: id, reason: `${error.code}: ${error.message}`, body, position: 'webhook' });
    reportDiscarded(deps, id, error.message);
    deps.metrics.delivery(id, error.code === 'EVENT_TOO_LARGE' ? 'too-large' : 'malformed');
    const { code, message, issues } = error;
    if (countRefusal(id, body) > REFUSALS_BEFORE_ACCEPTING) {
      return reply.code(202).send({ status: 'parked', code, message });
    }
    return refuse(reply, statusOf(error), { code, message, issues });
  }

  return take;
}

/** Reports an authentic delivery that was discarded: an image in it is judged only if it is announced again. */
export function reportDiscarded({ logger, concerns }: WebhookDeps, sourceId: string, reason: string): void {
  logger.warn({ sourceId, reason }, 'delivery refused: nobody judges what it announces');
  concerns.raise({ id: sourceId, kind: 'refused', problem: `a delivery was refused: ${reason}` });
}

/** What is wrong with a signed request whose sender is not known. */
export const WRONG_SIGNATURE = 'its signature is missing or wrong';

/** Answers a request without valid authentication, and says so in the log. */
export function refuseUnauthenticated(
  route: ReceiverRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, logger, why }: Pick<WebhookDeps, 'metrics' | 'logger'> & { readonly why: string },
): FastifyReply {
  const { id, authentication } = route.receiver;
  metrics.delivery(id, 'unauthentic');
  logger.warn({ sourceId: id, remoteAddress: request.ip, why }, 'delivery without valid authentication refused');
  const message = `expected the ${authentication.kind} authentication this receiver is configured with`;
  return refuse(reply, 401, { code: 'EVENT_UNAUTHENTIC', message });
}

/** Answers a failure that is not the sender's. */
export function answerFault(error: unknown, id: string, reply: FastifyReply, deps: WebhookDeps): FastifyReply {
  deps.metrics.delivery(id, 'failed');
  deps.logger.error({ err: error, sourceId: id }, 'delivery could not be taken');
  if (error instanceof FaultError) return refuseForNow(reply, error);
  return refuse(reply, 500, { code: 'INTERNAL', message: 'the delivery could not be stored' });
}

/** Counts how often the same unreadable body came. */
type CountRefusal = (receiverId: string, body: Uint8Array) => number;

// A sender repeats one body until it is accepted; a thousand different ones at a time are enough for every sender.
const MAX_REMEMBERED = 1000;

/** Creates the memory of refused bodies; the oldest is forgotten first. The first time counts 1. */
function createRefusalMemory(): CountRefusal {
  const counts = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  return (receiverId, body) => {
    const key = `${receiverId} ${createHash('sha256').update(body).digest('base64')}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
}

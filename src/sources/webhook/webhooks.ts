import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInputError } from '../../kit/errors.ts';
import { startBody } from './authentication.ts';
import { type Asking, maySend } from './check-sender.ts';
import { deliveryHeaders } from './delivery-headers.ts';
import { createBodyReader, type RequestBody } from './read-body.ts';
import { createRoutes, type ReceiverRoute, type WebhookReceiver } from './receiver-routes.ts';
import { refuse, statusOf } from './reply.ts';
import { answerFault, createTaker, reportDiscarded, type WebhookDeps } from './take-delivery.ts';
import { createUnauthenticatedLimit } from './unauthenticated-limit.ts';

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json(?:\s*;|\s*$)/i;
const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'];

/**
 * Creates the plugin that serves `POST /webhooks/<key>`: 404 for an unknown path, 415, 401, then the body, and only
 * an authentic body is parsed. 202 is answered after the events are committed.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a receiver without a usable secret
 */
export function createWebhooks(receivers: readonly WebhookReceiver[], deps: WebhookDeps): FastifyPluginAsync {
  const findRoute = createRoutes(receivers, deps);
  const readBody = createBodyReader();
  const unauthenticated = createUnauthenticatedLimit(() => performance.now());
  const take = createTaker(deps, unauthenticated);

  async function deliver(request: FastifyRequest<Target>, reply: FastifyReply): Promise<FastifyReply> {
    const route = findRoute(request.params.key);
    if (route === undefined) return refuseUnknown(reply);
    if (!(await mayDeliver(route, { request, reply, deps, unauthenticated }))) return reply;
    const { receiver, authenticator } = route;
    let body: RequestBody;
    try {
      body = await readBody(request.raw, { limits: receiver.limits, check: startBody(authenticator) });
    } catch (error) {
      return answerBodyError(error, receiver.id, reply, deps);
    }
    return take(route, body, { request, reply });
  }

  return async (app: FastifyInstance) => {
    const options = async (request: FastifyRequest<Target>, reply: FastifyReply) =>
      answerOptions(findRoute(request.params.key), { request, reply, deps, unauthenticated });
    // Each answers before Fastify reads a byte of a body: how much of one is read is its receiver's to say.
    app.options<Target>('/webhooks/:key', { onRequest: options, handler: options });
    app.route({ method: OTHER_METHODS, url: '/webhooks/:key', onRequest: refuseMethod, handler: refuseMethod });
    app.post<Target>('/webhooks/:key', { onRequest: deliver, handler: deliver });
  };
}

interface Target {
  Params: { key: string };
}

/** Everything that can be decided before a byte of the body is read; who may not deliver is answered. */
async function mayDeliver(route: ReceiverRoute, asking: Asking): Promise<boolean> {
  const { headers } = asking.request;
  if (!JSON_TYPE.test(headers['content-type'] ?? ''))
    return refuseType(route, asking, 'expected a Content-Type of application/json or one that ends in +json');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return refuseType(route, asking, 'expected a body without Content-Encoding');
  return maySend(route, asking);
}

function refuseType({ receiver }: ReceiverRoute, { reply, deps }: Asking, message: string): false {
  deps.metrics.delivery(receiver.id, 'unsupported');
  void refuse(reply, 415, { code: 'EVENT_UNSUPPORTED', message });
  return false;
}

function refuseUnknown(reply: FastifyReply): FastifyReply {
  return refuse(reply, 404, { code: 'NOT_FOUND', message: 'no receiver has this path' });
}

/** Whether deliveries are expected: only a sender that is known is told, and by who asks in its name. */
async function answerOptions(route: ReceiverRoute | undefined, asking: Asking): Promise<FastifyReply> {
  const { request, reply, deps } = asking;
  const handshake = route?.receiver.handshake;
  // Without a body there is no signature of one.
  if (route === undefined || handshake === undefined || route.authenticator.kind === 'signature') {
    return refuseMethod(request, reply);
  }
  if (!(await maySend(route, asking))) return reply;
  const permission = handshake.permit(deliveryHeaders(request, route.receiver.authentication));
  if (permission === undefined) return refuseMethod(request, reply);
  deps.logger.info({ sourceId: route.receiver.id }, 'a subscription asked whether its events are expected: they are');
  return reply
    .code(200)
    .headers({ allow: 'POST, OPTIONS', ...permission })
    .send();
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  void reply.header('allow', 'POST');
  return refuse(reply, 405, { code: 'METHOD_NOT_ALLOWED', message: 'expected a POST' });
}

/** Whether the sender closed the connection, or was cut off as too slow, before its body was whole. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}

function answerBodyError(error: unknown, id: string, reply: FastifyReply, deps: WebhookDeps): FastifyReply {
  // The rest of the body is not read, so the connection cannot be used again.
  void reply.header('connection', 'close');
  if (isHangUp(error)) {
    deps.metrics.delivery(id, 'aborted');
    return refuse(reply, 400, { code: 'BAD_REQUEST', message: 'the body ended early' });
  }
  if (!(error instanceof InvalidInputError)) return answerFault(error, id, reply, deps);
  deps.metrics.delivery(id, 'too-large');
  reportDiscarded(deps, id, error.message);
  return refuse(reply, statusOf(error), { code: error.code, message: error.message });
}

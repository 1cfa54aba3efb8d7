import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInputError } from '../../kit/errors.ts';
import { MAX_BODY_BYTES } from '../dialects/payload-limits.ts';
import { startBody } from './authentication.ts';
import { type Asking, checkSender } from './check-sender.ts';
import { deliveryHeaders } from './delivery-headers.ts';
import { bodyTooLarge, createBodyReader } from './read-body.ts';
import { createRoutes, type FindRoute, type ReceiverRoute, type WebhookReceiver } from './receiver-routes.ts';
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
  const routeOf = oncePerRequest(createRoutes(receivers, deps));
  const readBody = createBodyReader();
  const unauthenticated = createUnauthenticatedLimit(() => performance.now());
  const take = createTaker(deps, unauthenticated);
  return async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    // The handler reads bodies itself: of a receiver's own size, and with the check of its signature.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    // Answered before a byte of a body is read.
    const options = async (request: FastifyRequest<Target>, reply: FastifyReply) =>
      answerOptions(routeOf(request), { request, reply, deps, unauthenticated });
    app.options<Target>('/webhooks/:key', { onRequest: options, handler: options });
    app.route({ method: OTHER_METHODS, url: '/webhooks/:key', onRequest: refuseMethod, handler: refuseMethod });
    app.post<Target>('/webhooks/:key', {
      // Of any dialect: the body reader counts by the receiver's own.
      bodyLimit: MAX_BODY_BYTES,
      onRequest: async (request, reply) => {
        return checkRequest(routeOf(request), { request, reply, deps, unauthenticated });
      },
      errorHandler: (error, request, reply) => answerBodyError(error, routeOf(request), reply, deps),
      handler: async (request, reply) => {
        const route = routeOf(request);
        if (route === undefined) return refuseUnknown(reply);
        const { receiver, authenticator } = route;
        const body = await readBody(request.raw, { limits: receiver.limits, check: startBody(authenticator) });
        return take(route, body, { request, reply });
      },
    });
  };
}

/** The path is compared in constant time with every receiver's, and asked for at each step of a request. */
function oncePerRequest(findRoute: FindRoute): (request: FastifyRequest<Target>) => ReceiverRoute | undefined {
  const found = new WeakMap<FastifyRequest<Target>, ReceiverRoute>();
  return (request) => {
    const route = found.get(request) ?? findRoute(request.params.key);
    if (route !== undefined) found.set(request, route);
    return route;
  };
}

interface Target {
  Params: { key: string };
}

/** Everything that can be decided before a byte of the body is read. */
async function checkRequest(
  route: ReceiverRoute | undefined,
  { request, reply, deps, unauthenticated }: Asking,
): Promise<FastifyReply | undefined> {
  if (route === undefined) return refuseUnknown(reply);
  const { id } = route.receiver;
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    deps.metrics.delivery(id, 'unsupported');
    const message = 'expected a Content-Type of application/json or one that ends in +json';
    return refuse(reply, 415, { code: 'EVENT_UNSUPPORTED', message });
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    deps.metrics.delivery(id, 'unsupported');
    return refuse(reply, 415, { code: 'EVENT_UNSUPPORTED', message: 'expected a body without Content-Encoding' });
  }
  return checkSender(route, { request, reply, deps, unauthenticated });
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
  const refused = await checkSender(route, asking);
  if (refused !== undefined) return refused;
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

/** Errors of reading the body, ours and the server's own. */
function answerBodyError(
  error: unknown,
  route: ReceiverRoute | undefined,
  reply: FastifyReply,
  deps: WebhookDeps,
): FastifyReply {
  const id = route?.receiver.id ?? 'unknown';
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const refused = status === 413 ? bodyTooLarge(route?.receiver.limits.bodyBytes ?? MAX_BODY_BYTES) : error;
  // The rest of the body is not read, so the connection cannot be used again.
  void reply.header('connection', 'close');
  if (isHangUp(refused)) {
    deps.metrics.delivery(id, 'aborted');
    return refuse(reply, 400, { code: 'BAD_REQUEST', message: 'the body ended early' });
  }
  if (!(refused instanceof InvalidInputError)) return answerFault(refused, id, reply, deps);
  deps.metrics.delivery(id, 'too-large');
  reportDiscarded(deps, id, refused.message);
  return refuse(reply, statusOf(refused), { code: refused.code, message: refused.message });
}

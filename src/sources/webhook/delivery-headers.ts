import type { FastifyRequest } from 'fastify';
import type { WebhookAuthentication } from '../../domain/webhook-authentication.ts';

// What proves the sender is compared before, and is nobody else's: an operator's map of events could put it on record.
const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie'];

/** The headers that a dialect may read, each with the first value it was sent with: all but what proves the sender. */
export function deliveryHeaders(
  request: FastifyRequest,
  authentication: WebhookAuthentication,
): Record<string, string> {
  const own = authentication.kind === 'header' ? [authentication.name.toLowerCase()] : [];
  const hidden = [...CREDENTIALS, ...own];
  const entries = Object.entries(request.raw.headersDistinct);
  return Object.fromEntries(
    entries.flatMap(([name, values]) =>
      values?.[0] === undefined || hidden.includes(name) ? [] : [[name, values[0]]],
    ),
  );
}

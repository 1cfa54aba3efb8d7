import type { ClientCredentialsLogin } from '../domain/kafka-topic.ts';
import { FaultError } from '../kit/errors.ts';
import type { Perishable } from '../kit/io/keep-fresh.ts';
import { withDeadline } from '../kit/io/with-deadline.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';
import { shortText } from '../kit/short-text.ts';
import type { HttpReply, HttpTransport } from '../registry/http/http-transport.ts';

const MAX_BYTES = 64 * 1024;
/** Of a token that does not say how long it lives; RFC 6749 §5.1 only recommends it. */
const DEFAULT_LIFE_S = 60;
/** The last fifth of its life is for the way, and for a service that does not answer at once. */
const USED_SHARE = 0.8;

/**
 * Asks a token service for an access token by a client's credentials (RFC 6749 §4.4, §2.3.1), in clear text to nobody.
 * @throws {FaultError} `KAFKA_UNAVAILABLE`
 */
export async function readClientToken(
  login: ClientCredentialsLogin,
  transport: HttpTransport,
  timeoutMs: number,
): Promise<Perishable<string>> {
  const { tokenEndpoint: url, clientId, clientSecret, scope, audience } = login;
  const fields = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) fields.set('scope', scope);
  if (audience !== undefined) fields.set('audience', audience);
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    authorization: basicHeader(clientId, clientSecret.reveal()),
  };
  const request = { method: 'POST' as const, url, headers, body: Buffer.from(fields.toString()), maxBytes: MAX_BYTES };
  const askedAt = performance.now();
  const reply = await withDeadline(NEVER, timeoutMs, (signal) => transport.exchange(request, signal)).catch(
    (error: unknown) => {
      if (!(error instanceof FaultError)) throw error;
      throw noToken(url, error.message, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) });
    },
  );
  return parseReply(reply, url, askedAt);
}

// §2.3.1: both are form-encoded first, so that a colon in the id stays one of the id.
function basicHeader(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

function parseReply({ status, body }: HttpReply, url: URL, askedAt: number): Perishable<string> {
  const fields = parseFields(body);
  if (status !== 200) {
    const { error } = fields;
    const said = typeof error === 'string' ? `: ${shortText(error, 60)}` : '';
    const hint = 'Check `sasl.clientId`, its secret, `scope` and `audience`.';
    throw noToken(url, `it answered ${status}${said}`, { hint });
  }
  const { access_token: value, expires_in: said } = fields;
  // Visible ASCII: anything else would end the message of the login early.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw noToken(url, 'it answered without a token');
  // A number by the standard; some services write it as text.
  const lifeS = typeof said === 'string' || typeof said === 'number' ? Number(said) : Number.NaN;
  const lifeMs = (lifeS > 0 ? lifeS : DEFAULT_LIFE_S) * 1000;
  return { value, renewAt: askedAt + lifeMs * USED_SHARE, endsAt: askedAt + lifeMs };
}

function parseFields(body: Uint8Array): JsonObject {
  try {
    const fields = parseJson(body);
    return isJsonObject(fields) ? fields : {};
  } catch {
    // The parser's words could quote a token.
    return {};
  }
}

function noToken(
  { host, pathname }: URL,
  why: string,
  more: { readonly cause?: unknown; readonly hint?: string } = {},
): FaultError {
  const message = `no token for Kafka from ${host}${pathname}: ${why}`;
  return new FaultError('KAFKA_UNAVAILABLE', message, { retryable: true, ...more });
}

const NEVER = new AbortController().signal;

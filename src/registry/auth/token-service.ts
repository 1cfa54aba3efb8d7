import { FaultError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { HttpReply, HttpRequest } from '../http/http-transport.ts';
import { TOKEN_BODY_BYTES } from '../limits.ts';
import { isTooMany, NO_CREDENTIALS_HINT, replyFault } from '../registry-fault.ts';
import { basicHeader, type Credential } from './credential.ts';

/** Who hands out tokens for a registry: a realm that has passed the allow-list. */
export interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

export interface AccessToken {
  readonly value: string;
  /** On the monotonic clock, milliseconds: asked anew from then on. */
  readonly freshUntil: number;
}

/** A token without `expires_in` lives a minute (distribution "Token Authentication Specification"). */
const DEFAULT_LIFE_S = 60;
/**
 * A longer life is not believed: some services count in nanoseconds. If the token expires earlier, the registry answers
 * 401.
 */
const MAX_LIFE_S = 3_600;
/** A token is not used in the last fifth of its life, as it could expire on the way. */
const USED_SHARE = 0.8;

/**
 * Fetches a token for one scope: by GET with Basic credentials or none, by POST with an identity token.
 * https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/
 * @throws {FaultError} `REGISTRY_UNAUTHORIZED`, `REGISTRY_REALM_REFUSED` for a redirect, and those of any request.
 */
export async function readToken(
  service: TokenService,
  scope: string | undefined,
  credential: Credential,
  exchange: (request: HttpRequest) => Promise<HttpReply>,
): Promise<AccessToken> {
  const reply = await exchange(tokenRequest(service, scope, credential));
  if (reply.status >= 300 && reply.status < 400) {
    // A redirect may lead anywhere, and following it would send our credentials there.
    throw new FaultError('REGISTRY_REALM_REFUSED', `the token service ${service.realm.host} answered with a redirect`, {
      retryable: false,
      hint: 'No credentials were sent on. The registry must name the token service that answers by itself.',
    });
  }
  const isRefused = (reply.status === 401 || reply.status === 403) && !isTooMany(reply);
  if (isRefused) throw refused(service, credential, reply.status);
  if (reply.status !== 200) throw replyFault(reply, service.realm.host, 'a token');
  return parseToken(reply.body, service);
}

function tokenRequest(service: TokenService, scope: string | undefined, credential: Credential): HttpRequest {
  const fields = new URLSearchParams();
  if (service.service !== undefined) fields.set('service', service.service);
  if (scope !== undefined) fields.set('scope', scope);
  const maxBytes = TOKEN_BODY_BYTES;
  if (credential.kind === 'identity-token') {
    fields.set('grant_type', 'refresh_token');
    fields.set('client_id', 'lazaret');
    fields.set('refresh_token', credential.token);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: service.realm, headers, body: Buffer.from(fields.toString()), maxBytes };
  }
  const url = new URL(service.realm);
  for (const [name, value] of fields) url.searchParams.set(name, value);
  const headers = credential.kind === 'basic' ? { authorization: basicHeader(credential) } : {};
  return { method: 'GET', url, headers, maxBytes };
}

function parseToken(body: Uint8Array, service: TokenService): AccessToken {
  const now = performance.now();
  let answer: unknown;
  try {
    answer = parseJson(body);
  } catch {
    // The parser's words could quote a token.
  }
  const fields = isJsonObject(answer) ? answer : {};
  // Harbor and others send both members, one of them empty, which counts as absent.
  const value = [fields['token'], fields['access_token']].find((member) => (member ?? '') !== '');
  // Anything but visible ASCII would be another header, or none.
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,16000}$/.test(value)) {
    throw new FaultError('REGISTRY_RESPONSE_INVALID', `expected a token from ${service.realm.host}, got none`, {
      retryable: false,
    });
  }
  const said = fields['expires_in'];
  const lifeS = typeof said === 'number' && said > 0 ? Math.min(said, MAX_LIFE_S) : DEFAULT_LIFE_S;
  return { value, freshUntil: now + lifeS * 1_000 * USED_SHARE };
}

function refused(service: TokenService, credential: Credential, status: number): FaultError {
  const { host } = service.realm;
  const who = credential.kind === 'none' ? 'an anonymous token' : 'these credentials';
  return new FaultError('REGISTRY_UNAUTHORIZED', `the token service ${host} refused ${who} (${status})`, {
    retryable: false,
    hint:
      credential.kind === 'none'
        ? NO_CREDENTIALS_HINT
        : 'Check the user name and password configured for this registry, or run `docker login` again.',
  });
}

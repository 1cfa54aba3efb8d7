import { importPKCS8, SignJWT } from 'jose';
import { type GoogleIdentity, parseServiceAccountKey } from '../../domain/pubsub-place.ts';
import { FaultError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { createQueueExchange, type QueueExchange } from '../queue/queue-exchange.ts';

/** Gives what stands in `Authorization`; `undefined` where nothing does. */
export interface AccessTokens {
  /** @throws {FaultError} `PUBSUB_UNAVAILABLE` */
  read(signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Google takes a token that a service account has signed itself, for an hour at most. https://google.aip.dev/auth/4111 */
const AUDIENCE = 'https://pubsub.googleapis.com/';
const LIFE_S = 3600;
/** Renewed so long before its end. */
const SPARE_MS = 5 * 60_000;
const METADATA = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token';
const METADATA_MS = 5000;
const METADATA_BYTES = 64 * 1024;

/** Prepares it; nobody is asked yet. `now`: the time, in ms since 1970. */
export function createAccessTokens(identity: GoogleIdentity, now: () => number = Date.now): AccessTokens {
  // The metadata server is beside this machine: no proxy knows it.
  const metadata =
    identity.kind === 'metadata'
      ? createQueueExchange(undefined, { code: 'PUBSUB_UNAVAILABLE', headersMs: METADATA_MS })
      : undefined;
  let known: { readonly token: string; readonly renewAt: number; readonly of: string } | undefined;
  return {
    async read(signal) {
      if (identity.kind === 'none') return undefined;
      const of = identity.kind === 'key' ? identity.key.reveal() : '';
      if (known === undefined || known.of !== of || known.renewAt <= now()) {
        const { token, lifeS } =
          metadata === undefined ? await signToken(of, now()) : await askMetadata(metadata, signal);
        known = { token, of, renewAt: now() + Math.max(0, lifeS * 1000 - SPARE_MS) };
      }
      return `Bearer ${known.token}`;
    },
    close: async () => metadata?.close(),
  };
}

interface Token {
  readonly token: string;
  readonly lifeS: number;
}

async function signToken(json: string, nowMs: number): Promise<Token> {
  const key = parseServiceAccountKey(json);
  if (key === undefined) throw unavailable('the file of the service account holds no key', false, KEY_HINT);
  const issuedAt = Math.floor(nowMs / 1000);
  try {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'RS256', kid: key.keyId, typ: 'JWT' })
      .setIssuer(key.email)
      .setSubject(key.email)
      .setAudience(AUDIENCE)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFE_S)
      .sign(await importPKCS8(key.privateKey, 'RS256'));
    return { token, lifeS: LIFE_S };
  } catch {
    // What was thrown could quote the key.
    throw unavailable('the private key of the service account cannot be read', false, KEY_HINT);
  }
}

async function askMetadata(exchange: QueueExchange, signal: AbortSignal): Promise<Token> {
  const hint = 'Only a machine of Google Cloud has it: elsewhere write `credentials: { serviceAccountFile: … }`.';
  try {
    const headers = { 'metadata-flavor': 'Google' };
    const request = { method: 'GET' as const, url: new URL(METADATA), headers, maxBytes: METADATA_BYTES };
    const { status, body } = await exchange.exchange(request, signal);
    const answer = status === 200 ? parseJson(body, { maxDepth: 4, maxValues: 100 }) : undefined;
    if (isJsonObject(answer)) {
      const { access_token: token, expires_in: lifeS } = answer;
      if (typeof token === 'string' && typeof lifeS === 'number') return { token, lifeS };
    }
    throw unavailable(`the metadata server answered ${status} and no token`, status >= 500, hint);
  } catch (error) {
    if (error instanceof FaultError || signal.aborted) throw error;
    throw unavailable('the metadata server does not answer', true, hint);
  }
}

const KEY_HINT = 'Make a key with `gcloud iam service-accounts keys create`, and name its JSON file.';

function unavailable(message: string, retryable: boolean, hint: string): FaultError {
  return new FaultError('PUBSUB_UNAVAILABLE', `no token of Google: ${message}`, { retryable, hint });
}

import { FaultError } from '../kit/errors.ts';
import { isJsonObject } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';
import { parseRetryAfter } from '../kit/retry-after.ts';
import type { HttpReply } from './http/http-transport.ts';
import { ERROR_BODY_BYTES } from './limits.ts';

/** Codes that say "not now" or "not you" even when the status says 404. */
const NOT_ABSENCE = new Set(['UNAUTHORIZED', 'DENIED', 'TOOMANYREQUESTS', 'UNAVAILABLE']);

const API_VERSION_HEADER = 'docker-distribution-api-version';

/** The registry's own error codes (distribution-spec "Error Codes"); empty if the body is not in that form. */
export function parseErrorCodes(reply: HttpReply): readonly string[] {
  // No error is longer, and a list of referrers is asked as well.
  if (reply.body.length > ERROR_BODY_BYTES) return [];
  try {
    const body = parseJson(reply.body);
    if (!isJsonObject(body) || !Array.isArray(body['errors'])) return [];
    return body['errors'].flatMap((error: unknown) => {
      const code = isJsonObject(error) ? error['code'] : undefined;
      // Codes go into records and messages: only what looks like one gets there.
      return typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(code) ? [code] : [];
    });
  } catch {
    return [];
  }
}

/** Whether this answer comes from the registry itself and not from something in front of it. */
export function isFromRegistry(reply: HttpReply): boolean {
  return parseErrorCodes(reply).length > 0 || reply.header(API_VERSION_HEADER) !== undefined;
}

/**
 * Whether the registry itself says that something is not there. A 404 alone is not enough: ingress controllers and
 * service meshes answer 404 while the registry behind them is down, and "unsigned" must not follow from that.
 */
export function isDefiniteAbsence(reply: HttpReply): boolean {
  return reply.status === 404 && isOwnRefusal(reply);
}

/** Whether the registry itself refuses, and not because of who asks or how often. */
export function isOwnRefusal(reply: HttpReply): boolean {
  return isFromRegistry(reply) && !parseErrorCodes(reply).some((code) => NOT_ABSENCE.has(code));
}

/** A registry's answer, and whether it was asked without credentials. */
export interface RegistryReply extends HttpReply {
  readonly isAnonymous?: boolean;
  /** Of a refusal: the scope we asked a token for, and the right to pull that the challenge names. */
  readonly scopes?: { readonly ours: string; readonly named: string };
}

/** An answer that is not what was asked for, as a fault. `what` reads after "for", e.g. `acme/app:1.0`. */
export function replyFault(reply: RegistryReply, host: string, what: string): FaultError {
  const [remoteCode] = parseErrorCodes(reply);
  const retryAfterMs = parseRetryAfter(reply.header('retry-after'), new Date());
  const said = `${host} answered ${reply.status}${remoteCode === undefined ? '' : ` ${remoteCode}`} for ${what}${scopesOf(reply)}`;
  const details = {
    ...(remoteCode !== undefined && { remoteCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  const refusal = (code: 'REGISTRY_UNAUTHORIZED' | 'REGISTRY_DENIED', hint: string): FaultError =>
    reply.isAnonymous
      ? new FaultError(code, `${said}, asked without credentials`, {
          retryable: false,
          ...details,
          hint: NO_CREDENTIALS_HINT,
        })
      : new FaultError(code, said, { retryable: false, ...details, hint });
  if (isTooMany(reply)) return new FaultError('REGISTRY_RATE_LIMITED', said, { retryable: true, ...details });
  switch (reply.status) {
    case 401:
      return refusal('REGISTRY_UNAUTHORIZED', CREDENTIALS_HINT);
    case 403:
      return refusal('REGISTRY_DENIED', DENIED_HINT);
    case 404:
      return isFromRegistry(reply)
        ? new FaultError('REGISTRY_ERROR', said, { retryable: !isDefiniteAbsence(reply), ...details })
        : new FaultError('REGISTRY_ERROR', said, { retryable: true, ...details, hint: NOT_FOUND_HINT });
    default:
      break;
  }
  if (reply.status < 400) return new FaultError('REGISTRY_RESPONSE_INVALID', said, { retryable: false, ...details });
  const retryable = reply.status >= 500 || reply.status === 408 || reply.status === 425;
  return new FaultError('REGISTRY_ERROR', said, { retryable, ...details });
}

function scopesOf({ scopes }: RegistryReply): string {
  return scopes === undefined ? '' : ` (asked for with ${scopes.ours}, while the registry calls it ${scopes.named})`;
}

/** Whether the registry wants to be asked less: 429, its code for that, or a refusal that names a time to come back. */
export function isTooMany(reply: HttpReply): boolean {
  if (reply.status === 429) return true;
  if (reply.status < 400) return false;
  if (parseErrorCodes(reply).includes('TOOMANYREQUESTS')) return true;
  return (reply.status === 503 || reply.status === 403) && reply.header('retry-after') !== undefined;
}

/** What to do where none of ours were shown. */
export const NO_CREDENTIALS_HINT =
  'This registry wants credentials, and there are none for this repository: configure `credentials`, or run `docker login`.';
const CREDENTIALS_HINT = 'The registry wants other credentials: check those configured for it, or run `docker login`.';
const DENIED_HINT = 'These credentials may not do this: give them the right to it.';
const NOT_FOUND_HINT =
  'This 404 does not come from the registry itself (no error of its kind, no version header): check the URL, and what stands in front of the registry.';

import { errorCode } from '../../kit/error-code.ts';
import { FaultError } from '../../kit/errors.ts';
import { isTimeout } from '../../kit/is-timeout.ts';

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

const NO_TLS =
  'That port speaks no TLS. A registry without TLS is configured with http:// and `plainHttp`, or verified with --plain-http.';

/** What an operator can do about the commonest connection errors. */
const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the configuration and the DNS of this machine.',
  EAI_AGAIN: 'The DNS of this machine does not answer.',
  ECONNREFUSED: 'Nothing listens there: is the registry up, and is the port right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'If the certificate is your own, give its file as `caFile` of this registry.',
  SELF_SIGNED_CERT_IN_CHAIN: 'If the authority is your own, give its certificate as `caFile` of this registry.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'If the authority is your own, give its certificate as `caFile` of this registry.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'If the authority is your own, give its certificate as `caFile` of this registry.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name: check the host in the configuration.',
  CERT_HAS_EXPIRED: "The registry's certificate has expired.",
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

/** An error that ended a request before its answer was whole, as a fault. An abort by the caller stays the caller's. */
export function toFault(error: unknown, host: string, signal: AbortSignal): unknown {
  const own = faultInside(error);
  if (own !== undefined) return own;
  if (signal.aborted && !isTimeout(signal.reason)) return signal.reason;
  const code = errorCode(error);
  if (signal.aborted || (code !== undefined && TIMEOUTS.has(code))) {
    return new FaultError(
      'REGISTRY_TIMEOUT',
      `${host} did not answer in time${code === undefined ? '' : ` (${code})`}`,
      {
        retryable: true,
        cause: error,
      },
    );
  }
  const hint = code === undefined ? undefined : HINTS[code];
  return new FaultError('REGISTRY_UNREACHABLE', `the connection to ${host} failed (${code ?? 'no code'})`, {
    // A certificate or a protocol that is wrong now is wrong in five minutes.
    retryable: code === undefined || !/CERT|^ERR_SSL_|^ERR_TLS_|^UNABLE_TO_/.test(code),
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

function faultInside(error: unknown): FaultError | undefined {
  if (error instanceof FaultError) return error;
  return error instanceof Error && error.cause instanceof FaultError ? error.cause : undefined;
}

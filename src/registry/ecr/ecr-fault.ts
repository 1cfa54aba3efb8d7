import { FaultError } from '../../kit/errors.ts';
import { toFault } from '../http/transport-fault.ts';

/** What ECR was asked, for the words of a fault. */
export interface EcrCall {
  /** As IAM names it, without `ecr:`. */
  readonly action: string;
  /** The registry, as images name it. */
  readonly host: string;
  readonly region: string;
  /** Reads after "for", e.g. `the tags of acme/app`. */
  readonly what: string;
}

const NOT_KNOWN = new Set([
  ...['ExpiredTokenException', 'ExpiredToken', 'RequestExpired', 'UnrecognizedClientException', 'InvalidClientTokenId'],
  ...['InvalidSignatureException', 'SignatureDoesNotMatch', 'IncompleteSignature', 'IncompleteSignatureException'],
  ...['MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'UnauthorizedException'],
]);
const NOT_ALLOWED = new Set(['AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'UnauthorizedOperation']);
const TOO_MANY = new Set([
  ...['ThrottlingException', 'Throttling', 'ThrottledException', 'RequestThrottled', 'RequestThrottledException'],
  ...['TooManyRequestsException', 'RequestLimitExceeded', 'SlowDown'],
]);
const UNWELL = new Set(['ServerException', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable']);
/** Errors of the SDK itself, which found nobody to sign as. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError']);

/** A "too many" of AWS names no time: its quotas are by the second. */
const PAUSE_MS = 1_000;

/**
 * What AWS's SDK threw, as a fault; what is a fault already, an abort or a defect stays what it is. The SDK's errors are
 * no `cause` where their text could quote a token.
 */
export function toEcrFault(error: unknown, call: EcrCall, signal: AbortSignal): unknown {
  if (error instanceof FaultError) return error;
  if (signal.aborted) return toFault(error, call.host, signal);
  if (!(error instanceof Error)) return error;
  if (NO_CREDENTIALS.has(error.name)) return withoutCredentials(error, call);
  const status = statusOf(error);
  if (status === undefined) return error;
  // HTML, of something in front of ECR: the SDK gives its parser's error, which quotes what it read.
  if (error.name === 'SyntaxError') return strange(status, call);
  return answered(error, status, call);
}

/** What kind of error AWS names: letters and digits only, for it goes into records. */
export function errorName(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : undefined;
  return name !== undefined && /^[A-Za-z][A-Za-z0-9]{0,63}$/.test(name) ? name : undefined;
}

function answered(error: Error, status: number, call: EcrCall): FaultError {
  const remoteCode = errorName(error) ?? 'an error without a name';
  const said = `${call.host} answered ${remoteCode} (${status}) for ${call.what}`;
  const details = { cause: error, remoteCode };
  if (TOO_MANY.has(remoteCode) || status === 429) {
    return new FaultError('REGISTRY_RATE_LIMITED', said, { ...details, retryable: true, retryAfterMs: PAUSE_MS });
  }
  if (NOT_KNOWN.has(remoteCode)) {
    return new FaultError('REGISTRY_UNAUTHORIZED', said, {
      ...details,
      retryable: false,
      hint: whyUnknown(remoteCode, call),
    });
  }
  if (NOT_ALLOWED.has(remoteCode)) {
    const missing = /not authorized to perform: ([a-z][a-z0-9-]{0,40}:[A-Za-z]{1,64})/.exec(error.message)?.[1];
    const hint = `Give this identity the right to ${missing ?? `ecr:${call.action}`} (docs/ecr.md); an explicit Deny, a policy of the repository or a VPC endpoint can take it away too.`;
    return new FaultError('REGISTRY_DENIED', said, { ...details, retryable: false, hint });
  }
  const isUnwell = UNWELL.has(remoteCode) || status >= 500;
  const hint = HINTS[remoteCode]?.(call);
  return new FaultError('REGISTRY_ERROR', said, {
    ...details,
    retryable: isUnwell,
    ...(hint !== undefined && { hint }),
  });
}

const HINTS: Readonly<Record<string, (call: EcrCall) => string>> = {
  RepositoryNotFoundException: ({ region }) =>
    `There is no such repository in ${region}: check \`region\` and the account (\`registryId\`).`,
  LimitExceededException: () => 'An image has at most 1,000 tags: delete some, or have the quota raised.',
  KmsException: () => 'This identity must be allowed to use the KMS key of the repository.',
};

function whyUnknown(code: string, { region }: EcrCall): string {
  if (/Expired/.test(code)) {
    return 'The credentials have ended: sign in again (`aws sso login`), or let a role give them, which renews them.';
  }
  if (/Signature/.test(code)) {
    return 'The secret key does not belong to its id, or the clock of this machine is wrong by minutes.';
  }
  return `AWS does not know these credentials in ${region}: check them, and that the region is the right one and switched on for the account.`;
}

function withoutCredentials(error: Error, { host, region }: EcrCall): FaultError {
  return new FaultError('REGISTRY_UNAUTHORIZED', `there are no credentials of AWS for ${host}`, {
    retryable: false,
    cause: error,
    hint: `Give this machine a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: the SDK's default chain found nobody. \`aws ecr get-login-password --region ${region}\` must work for the daemon's user.`,
  });
}

function strange(status: number, { host, what }: EcrCall): FaultError {
  const message = `${host}: expected an answer of ECR for ${what}, got something else (${status})`;
  if (status >= 500) return new FaultError('REGISTRY_ERROR', message, { retryable: true });
  return new FaultError('REGISTRY_RESPONSE_INVALID', message, {
    retryable: false,
    hint: 'Something in front of AWS answers in its place: look at the proxy, the VPC endpoint, and `endpoint`.',
  });
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

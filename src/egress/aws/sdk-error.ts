/** What kind of trouble AWS's SDK threw. */
export type SdkTrouble =
  /** The SDK found nobody to sign as. */
  | 'no-credentials'
  /** AWS does not know whoever signed, or not any more. */
  | 'not-known'
  | 'not-allowed'
  | 'too-many'
  /** AWS is not well. */
  | 'unwell'
  /** HTML, of something in front of AWS: the SDK gives its parser's error, which quotes what it read. */
  | 'unreadable'
  /** Any other answer. */
  | 'refused';

const NOT_KNOWN = new Set([
  ...['ExpiredTokenException', 'ExpiredToken', 'RequestExpired', 'UnrecognizedClientException', 'InvalidClientTokenId'],
  ...['InvalidSignatureException', 'SignatureDoesNotMatch', 'IncompleteSignature', 'IncompleteSignatureException'],
  ...['MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'UnauthorizedException', 'InvalidSecurity'],
]);
const NOT_ALLOWED = new Set(['AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'UnauthorizedOperation']);
const TOO_MANY = new Set([
  ...['ThrottlingException', 'Throttling', 'ThrottledException', 'RequestThrottled', 'RequestThrottledException'],
  ...['TooManyRequestsException', 'RequestLimitExceeded', 'SlowDown'],
]);
const UNWELL = new Set(['ServerException', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable']);
/** Errors of the SDK itself, which found nobody to sign as. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError']);

/** What kind of trouble this error of AWS's SDK is, by name and status, never by text; `undefined`: no answer of AWS. */
export function sdkTrouble(error: unknown): SdkTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  if (NO_CREDENTIALS.has(error.name)) return 'no-credentials';
  const status = sdkStatus(error);
  if (status === undefined) return undefined;
  if (error.name === 'SyntaxError') return 'unreadable';
  if (TOO_MANY.has(error.name) || status === 429) return 'too-many';
  if (NOT_KNOWN.has(error.name)) return 'not-known';
  if (NOT_ALLOWED.has(error.name)) return 'not-allowed';
  return UNWELL.has(error.name) || status >= 500 ? 'unwell' : 'refused';
}

/** The status of the answer that became this error; `undefined` where there was none. */
export function sdkStatus(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** What kind of error AWS names: letters and digits only, for it goes into records. */
export function errorName(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : undefined;
  return name !== undefined && /^[A-Za-z][A-Za-z0-9]{0,63}$/.test(name) ? name : undefined;
}

/** What to do about credentials that AWS does not know, by the name of its error. */
export function explainUnknown(name: string, region: string): string {
  if (/Expired/.test(name)) {
    return 'The credentials have ended: sign in again (`aws sso login`), or let a role give them, which renews them.';
  }
  if (/Signature/.test(name)) {
    return 'The secret key does not belong to its id, or the clock of this machine is wrong by minutes.';
  }
  return `AWS does not know these credentials in ${region}: check them, and that the region is the right one and switched on for the account.`;
}

/** What to do where the SDK found nobody to sign as. */
export const WITHOUT_CREDENTIALS =
  "Give this machine a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: the SDK's default chain found nobody.";

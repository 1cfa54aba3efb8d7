import {
  errorName,
  explainUnknown,
  type SdkTrouble,
  sdkStatus,
  sdkTrouble,
  WITHOUT_CREDENTIALS,
} from '../../egress/aws/sdk-error.ts';
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
  const trouble = sdkTrouble(error);
  if (trouble === undefined) return error;
  if (trouble === 'no-credentials') return withoutCredentials(error, call);
  const status = sdkStatus(error) ?? 0;
  return trouble === 'unreadable' ? strange(status, call) : answered(error, { trouble, status }, call);
}

function answered(
  error: Error,
  { trouble, status }: { readonly trouble: SdkTrouble; readonly status: number },
  call: EcrCall,
): FaultError {
  const remoteCode = errorName(error) ?? 'an error without a name';
  const said = `${call.host} answered ${remoteCode} (${status}) for ${call.what}`;
  const details = { cause: error, remoteCode };
  if (trouble === 'too-many') {
    return new FaultError('REGISTRY_RATE_LIMITED', said, { ...details, retryable: true, retryAfterMs: PAUSE_MS });
  }
  if (trouble === 'not-known') {
    return new FaultError('REGISTRY_UNAUTHORIZED', said, {
      ...details,
      retryable: false,
      hint: explainUnknown(remoteCode, call.region),
    });
  }
  if (trouble === 'not-allowed') {
    const missing = /not authorized to perform: ([a-z][a-z0-9-]{0,40}:[A-Za-z]{1,64})/.exec(error.message)?.[1];
    const hint = `Give this identity the right to ${missing ?? `ecr:${call.action}`} (docs/ecr.md); an explicit Deny, a policy of the repository or a VPC endpoint can take it away too.`;
    return new FaultError('REGISTRY_DENIED', said, { ...details, retryable: false, hint });
  }
  const hint = HINTS[remoteCode]?.(call);
  return new FaultError('REGISTRY_ERROR', said, {
    ...details,
    retryable: trouble === 'unwell',
    ...(hint !== undefined && { hint }),
  });
}

const HINTS: Readonly<Record<string, (call: EcrCall) => string>> = {
  RepositoryNotFoundException: ({ region }) =>
    `There is no such repository in ${region}: check \`region\` and the account (\`registryId\`).`,
  LimitExceededException: () => 'An image has at most 1,000 tags: delete some, or have the quota raised.',
  KmsException: () => 'This identity must be allowed to use the KMS key of the repository.',
};

function withoutCredentials(error: Error, { host, region }: EcrCall): FaultError {
  return new FaultError('REGISTRY_UNAUTHORIZED', `there are no credentials of AWS for ${host}`, {
    retryable: false,
    cause: error,
    hint: `${WITHOUT_CREDENTIALS} \`aws ecr get-login-password --region ${region}\` must work for the daemon's user.`,
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

import type { ECR } from '@aws-sdk/client-ecr';
import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import { orAbort } from '../../kit/io/or-abort.ts';
import { wait } from '../../kit/io/wait.ts';
import { withDeadline } from '../../kit/io/with-deadline.ts';
import type { RequestGate } from '../http/request-gate.ts';
import { toFault } from '../http/transport-fault.ts';
import type { RegistryLimits } from '../limits.ts';
import { type EcrCall, toEcrFault } from './ecr-fault.ts';

/** What of ECR's API is called; IAM names the rights like this, with `ecr:` before. */
export type EcrAction =
  | 'GetAuthorizationToken'
  | 'DescribeRepositories'
  | 'DescribeImages'
  | 'ListImages'
  | 'BatchGetImage'
  | 'GetDownloadUrlForLayer'
  | 'PutImage'
  | 'BatchDeleteImage'
  | 'UpdateImageStorageClass';

export interface EcrRequest<T> {
  readonly action: EcrAction;
  /** Reads after "for", e.g. `the tags of acme/app`. */
  readonly what: string;
  /** Whose turn it takes. */
  readonly repository?: string;
  /** Nobody waits for it. */
  readonly isBackground?: true;
  run(ecr: ECR, options: { readonly abortSignal: AbortSignal }): Promise<T>;
}

/** Calls ECR's API as one identity: in turns, in time, and again where that may help. */
export interface EcrApi {
  /** @throws {FaultError} `REGISTRY_*` */
  call<T>(request: EcrRequest<T>, signal?: AbortSignal): Promise<T>;
}

export interface EcrApiOptions {
  readonly host: string;
  readonly region: string;
  /** Loads the SDK: before the first call, once. */
  readonly open: () => Promise<ECR>;
  readonly gate: RequestGate;
  readonly limits: Pick<RegistryLimits, 'requestMs' | 'retries'>;
}

/** First wait before a call is repeated, ms; doubled for the next. */
const REPEAT_MS = 100;

/** Creates it; nothing is loaded or asked before the first call. */
export function createEcrApi({ host, region, open, gate, limits }: EcrApiOptions): EcrApi {
  let opening: Promise<ECR> | undefined;

  async function once<T>(request: EcrRequest<T>, isRetry: boolean, signal: AbortSignal): Promise<T> {
    const { action, what, repository, isBackground } = request;
    const call: EcrCall = { action, host, region, what };
    opening ??= open();
    const ecr = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return gate.pass(
      () =>
        withDeadline(signal, limits.requestMs, async (abortSignal) => {
          try {
            // Where credentials come from a program or an instance, the SDK waits for them whatever the signal says.
            return await orAbort(request.run(ecr, { abortSignal }), abortSignal);
          } catch (error) {
            const fault = toEcrFault(error, call, abortSignal);
            if (fault instanceof FaultError && fault.code === 'REGISTRY_RATE_LIMITED')
              gate.pause(fault.retryAfterMs ?? 0);
            throw fault;
          }
        }),
      signal,
      { repository, isRetry, isBackground },
    );
  }

  return {
    async call(request, signal = NEVER) {
      for (let attempt = 0; ; attempt++) {
        try {
          const result = await once(request, attempt > 0, signal);
          gate.recover();
          return result;
        } catch (error) {
          // Wherever a deadline of the caller struck, waiting for our turn included: the registry was too slow.
          if (signal.aborted) throw toFault(error, host, signal);
          if (attempt >= limits.retries || !mayRepeat(error, request.action)) throw error;
          await wait(backOff(REPEAT_MS, attempt) * (1 + Math.random()), signal);
        }
      }
    },
  };
}

/**
 * Any call after "too many" (it was not carried out); all but a deletion after a broken connection or a 5xx: PutImage of
 * the same bytes changes nothing the second time. A pause that is too long to wait for is refused by the gate, for good.
 */
function mayRepeat(error: unknown, action: EcrAction): boolean {
  if (!(error instanceof FaultError) || !error.retryable || error.code === 'REGISTRY_TIMEOUT') return false;
  if (error.code === 'REGISTRY_RATE_LIMITED') return error.remoteCode !== undefined;
  return action !== 'BatchDeleteImage';
}

const NEVER = new AbortController().signal;

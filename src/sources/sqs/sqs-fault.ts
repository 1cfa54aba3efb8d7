import type { SqsPlace } from '../../domain/sqs-place.ts';
import { errorName, explainUnknown, sdkTrouble, WITHOUT_CREDENTIALS } from '../../egress/aws/sdk-error.ts';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError } from '../../kit/errors.ts';

/** What SQS was asked, for the words of a fault. */
export interface SqsCall {
  /** The right it takes, without `sqs:`. */
  readonly action: string;
  readonly place: SqsPlace;
  /** Of the one call; aborted when its time is over. */
  readonly deadline: AbortSignal;
  /** Of whoever asked. */
  readonly signal: AbortSignal;
}

const NO_QUEUE = /(?:QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently)$/;
const NO_KEY = /^K[Mm][Ss]/;

/**
 * What AWS's SDK threw, as `SQS_UNAVAILABLE`; an abort by the caller stays his. What else was thrown is named, never
 * quoted: it could hold what the messages say.
 */
export function toSqsFault(error: unknown, { action, place, deadline, signal }: SqsCall): unknown {
  if (error instanceof FaultError) return error;
  if (error instanceof Error && error.cause instanceof FaultError) return error.cause;
  if (signal.aborted) return signal.reason;
  const { queueUrl, region } = place;
  const queue = `the queue ${queueUrl.host}${queueUrl.pathname}`;
  const fault = (message: string, retryable: boolean, hint: string): FaultError =>
    new FaultError('SQS_UNAVAILABLE', `${queue}: ${message}`, { retryable, hint });
  if (deadline.aborted) return fault('no answer in time', true, 'Check the network, and `proxy` of the configuration.');
  const code = errorCode(error);
  const name = errorName(error) ?? 'an error without a name';
  if (error instanceof Error && NO_QUEUE.test(error.name)) return fault('it is not there', false, whereToLook(region));
  switch (sdkTrouble(error)) {
    case 'no-credentials':
      return fault('there are no credentials of AWS', false, WITHOUT_CREDENTIALS);
    case 'not-known':
      return fault(`AWS answered ${name}`, false, explainUnknown(name, region));
    case 'not-allowed':
      return fault(
        `AWS answered ${name} for ${action}`,
        false,
        `Give this identity the right to sqs:${action} on it (deploy/aws).`,
      );
    case 'too-many':
    case 'unwell':
      return fault(`AWS answered ${name}`, true, 'It is asked again by itself.');
    case 'unreadable':
      return fault(
        'the answer is none of SQS',
        true,
        'Something between here and AWS answers in its place: a proxy, or the wrong address.',
      );
    case 'refused':
    case undefined:
      if (NO_KEY.test(name))
        return fault(`AWS answered ${name}`, false, 'This identity must have kms:Decrypt for the key of the queue.');
      return fault(
        `${action} failed (${code ?? name})`,
        true,
        'Check the network, `queueUrl` and `proxy` of the configuration.',
      );
  }
}

function whereToLook(region: string): string {
  return `Check \`queueUrl\`: account, name and region (${region}); Lazaret never makes a queue. Whoever may not see a queue of another account hears the same.`;
}

import type { Message, SQSClientConfig } from '@aws-sdk/client-sqs';
import type { ProxyRules } from '../../domain/proxy-rules.ts';
import type { SqsPlace } from '../../domain/sqs-place.ts';
import { createSdkSettings } from '../../egress/aws/sdk-settings.ts';
import { orAbort } from '../../kit/io/or-abort.ts';
import { withDeadline } from '../../kit/io/with-deadline.ts';

import type { MessageQueue, QueueMessage } from '../queue/message-queue.ts';
import { createQueueExchange } from '../queue/queue-exchange.ts';
import { toSqsFault } from './sqs-fault.ts';

/** What of a queue's settings matters to who reads it. */
export interface QueueState {
  readonly waiting: number;
  /** After how many receivings a message goes to the dead-letter queue; `undefined`: never. */
  readonly maxReceives: number | undefined;
}

/** One queue, called as one identity. All of it throws {@link FaultError} `SQS_UNAVAILABLE`. */
export interface SqsQueue extends MessageQueue {
  describe(signal: AbortSignal): Promise<QueueState>;
}

export interface SqsQueueOptions {
  readonly place: SqsPlace;
  readonly proxy?: ProxyRules | undefined;
}

/** The most messages of one request of any kind: AWS's limit. */
const BATCH = 10;
/** What one request may take, besides the wait for messages: a slow day in another continent. */
const REQUEST_MS = 10_000;

/** A long poll is answered within 20 s. */
const HEADERS_MS = 30_000;

/** Prepares it; the SDK is loaded with the first call, and nothing is contacted before. */
export function createSqsQueue({ place, proxy }: SqsQueueOptions): SqsQueue {
  const exchange = createQueueExchange(proxy, { code: 'SQS_UNAVAILABLE', headersMs: HEADERS_MS });
  const { queueUrl, region, roleArn, endpoint } = place;
  const QueueUrl = queueUrl.href;
  let opening: ReturnType<typeof open> | undefined;

  async function open() {
    // A hundred files: only where a queue is read.
    const sdk = await import('@aws-sdk/client-sqs');
    const settings = await createSdkSettings({
      region,
      exchange,
      ...(roleArn !== undefined && { roleArn }),
      ...(endpoint !== undefined && { endpoint }),
    });
    // The settings are typed by the client of ECR, which the SDK makes by the same generator.
    return { sdk, client: new sdk.SQSClient(settings as SQSClientConfig) };
  }

  /** One call, within its time: credentials that come from a program may never come. */
  async function call<T>(
    action: string,
    signal: AbortSignal,
    run: (opened: Awaited<ReturnType<typeof open>>, abortSignal: AbortSignal) => Promise<T>,
    ms = REQUEST_MS,
  ): Promise<T> {
    return withDeadline(signal, ms, async (deadline) => {
      try {
        opening ??= open();
        const opened = await opening;
        return await orAbort(run(opened, deadline), deadline);
      } catch (error) {
        throw toSqsFault(error, { action, place, deadline, signal });
      }
    });
  }

  return {
    async receive({ waitS, holdS }, signal) {
      const input = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: waitS, VisibilityTimeout: holdS };
      const answer = await call(
        'ReceiveMessage',
        signal,
        ({ sdk, client }, abortSignal) => client.send(new sdk.ReceiveMessageCommand(input), { abortSignal }),
        waitS * 1000 + REQUEST_MS,
      );
      return (answer.Messages ?? []).flatMap(readMessage);
    },
    async remove(messages) {
      if (messages.length === 0) return [];
      const Entries = messages.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
      const answer = await call('DeleteMessage', NEVER, ({ sdk, client }, abortSignal) =>
        client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal }),
      );
      return (answer.Failed ?? []).flatMap(({ Id }) => messages[Number(Id)] ?? []);
    },
    async hold(messages, seconds) {
      if (messages.length === 0) return;
      const Entries = messages.map(({ handle }, index) => ({
        Id: String(index),
        ReceiptHandle: handle,
        VisibilityTimeout: seconds,
      }));
      await call('ChangeMessageVisibility', NEVER, ({ sdk, client }, abortSignal) =>
        client.send(new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal }),
      );
    },
    async describe(signal) {
      const answer = await call('GetQueueAttributes', signal, ({ sdk, client }, abortSignal) =>
        client.send(
          new sdk.GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: ['ApproximateNumberOfMessages', 'RedrivePolicy'],
          }),
          { abortSignal },
        ),
      );
      const { ApproximateNumberOfMessages: waiting, RedrivePolicy: policy } = answer.Attributes ?? {};
      return { waiting: Number(waiting ?? 0), maxReceives: readMaxReceives(policy) };
    },
    close: () => exchange.close(),
  };
}

// The SDK types what AWS always sends as what may be absent.
function readMessage({ MessageId: id, ReceiptHandle: handle, Body: body }: Message): readonly QueueMessage[] {
  return id === undefined || handle === undefined ? [] : [{ id, handle, body: body ?? '' }];
}

/** `{"deadLetterTargetArn":"…","maxReceiveCount":5}`, where older tools wrote the number as text. */
function readMaxReceives(policy: string | undefined): number | undefined {
  const [, count] = /"maxReceiveCount"\s*:\s*"?(\d{1,4})"?/.exec(policy ?? '') ?? [];
  return count === undefined ? undefined : Number(count);
}

const NEVER = new AbortController().signal;

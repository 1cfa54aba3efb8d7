import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import pino from 'pino';
import type { RegistryEvent } from '../../src/domain/registry-event.ts';
import type { EventSource, ParkedDelivery } from '../../src/ports/event-source.ts';
import { parseEcr } from '../../src/sources/dialects/ecr.ts';
import { payloadLimits } from '../../src/sources/dialects/payload-limits.ts';
import { createSqsSource } from '../../src/sources/sqs/sqs-source.ts';

export const SQS_REGION = 'eu-central-1';

/** What EventBridge says of the push of a tag. */
export function ecrPush(tag: string): string {
  return JSON.stringify({
    id: tag,
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '123456789012',
    region: SQS_REGION,
    time: '2026-11-01T08:00:00Z',
    detail: {
      result: 'SUCCESS',
      'repository-name': 'acme/app',
      'image-digest': `sha256:${'a'.repeat(64)}`,
      'action-type': 'PUSH',
      'image-tag': tag,
    },
  });
}

/** Makes a queue. @returns its URL */
export async function makeQueue(
  client: SQSClient,
  name: string,
  attributes: Record<string, string> = {},
): Promise<URL> {
  const created = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return new URL(created.QueueUrl ?? '');
}

export async function sendTo(client: SQSClient, queueUrl: URL, ...bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) await client.send(new SendMessageCommand({ QueueUrl: queueUrl.href, MessageBody }));
}

/** Messages that wait, and those that somebody holds. */
export async function countIn(client: SQSClient, queueUrl: URL): Promise<readonly [waiting: number, held: number]> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl.href, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: held } = Attributes ?? {};
  return [Number(waiting), Number(held)];
}

export interface SqsReader {
  readonly source: EventSource;
  /** What is on its record. */
  readonly events: RegistryEvent[];
  readonly parked: ParkedDelivery[];
  readonly counted: string[];
  tags(): string[];
  log(): string;
}

/** A source on a queue, with a record that is `receive`; it is not started. */
export function openSqsReader(
  place: { readonly queueUrl: URL; readonly endpoint: URL; readonly holdS?: number },
  receive: (events: readonly RegistryEvent[]) => Promise<void> = async () => undefined,
): SqsReader {
  const events: RegistryEvent[] = [];
  const parked: ParkedDelivery[] = [];
  const counted: string[] = [];
  let log = '';
  const write = (line: string): void => {
    log += line;
  };
  const source = createSqsSource(
    {
      id: 'ecr',
      registryIds: ['prod'],
      region: SQS_REGION,
      dialect: parseEcr,
      limits: payloadLimits('ecr'),
      ...place,
    },
    {
      receiver: {
        receive: async (_listener, received) => {
          await receive(received);
          events.push(...received);
        },
        park: async (delivery) => void parked.push(delivery),
      },
      logger: pino({ level: 'trace' }, { write }),
      metrics: { delivery: (_id, result) => void counted.push(result) },
    },
  );
  return {
    source,
    events,
    parked,
    counted,
    tags: () => events.map(({ tag }) => tag ?? 'none').toSorted(),
    log: () => log,
  };
}

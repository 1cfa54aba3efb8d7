import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface PubsubServer {
  readonly endpoint: URL;
  readonly subscription: string;
  /** What every request said in `Authorization`, oldest first. */
  readonly authorizations: readonly (string | undefined)[];
  publish(data: string): void;
  /** Messages that nobody has acknowledged, held or not. */
  left(): number;
  /** What went to the dead-letter topic, oldest first. */
  readonly deadLetters: readonly string[];
  /** Answers every request like this from now on; `undefined`: as Pub/Sub does. */
  answer(refusal: { readonly status: number; readonly body: string } | undefined): void;
  stop(): Promise<void>;
}

export interface PubsubOptions {
  /** After so many deliveries a message goes to the dead-letter topic; absent: never. */
  readonly maxDeliveryAttempts?: number;
  readonly pushEndpoint?: string;
}

interface Waiting {
  readonly id: string;
  readonly data: string;
  deliveries: number;
  ackId: string;
  /** When it may be handed out again, in ms of a monotonic clock. */
  freeAt: number;
}

const SUBSCRIPTION = 'projects/acme-prod/subscriptions/lazaret';
const ACK_DEADLINE_MS = 10_000;

/**
 * Starts a server that answers as the REST reference of Pub/Sub documents for one subscription: pull, acknowledge,
 * modifyAckDeadline and get. https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
export async function startPubsub(options: PubsubOptions = {}): Promise<PubsubServer> {
  const { maxDeliveryAttempts, pushEndpoint } = options;
  const authorizations: (string | undefined)[] = [];
  const deadLetters: string[] = [];
  let messages: Waiting[] = [];
  let serial = 0;
  let refusal: { readonly status: number; readonly body: string } | undefined;

  function take(most: number): readonly Waiting[] {
    const now = performance.now();
    const due = messages.filter(({ freeAt }) => freeAt <= now);
    const dead = due.filter(({ deliveries }) => deliveries >= (maxDeliveryAttempts ?? Number.POSITIVE_INFINITY));
    deadLetters.push(...dead.map(({ data }) => data));
    messages = messages.filter((each) => !dead.includes(each));
    const taken = due.filter((each) => !dead.includes(each)).slice(0, most);
    for (const each of taken) {
      each.deliveries += 1;
      each.ackId = `ack-${each.id}-${each.deliveries}`;
      each.freeAt = now + ACK_DEADLINE_MS;
    }
    return taken;
  }

  async function answer(
    verb: string,
    body: Record<string, unknown>,
    isGone: () => boolean,
  ): Promise<object | undefined> {
    const ackIds = Array.isArray(body['ackIds']) ? body['ackIds'] : [];
    switch (verb) {
      case '':
        return {
          name: SUBSCRIPTION,
          topic: 'projects/acme-prod/topics/gcr',
          pushConfig: pushEndpoint === undefined ? {} : { pushEndpoint },
          ...(maxDeliveryAttempts !== undefined && {
            deadLetterPolicy: { deadLetterTopic: 'projects/acme-prod/topics/dead', maxDeliveryAttempts },
          }),
        };
      case ':pull':
        for (let waited = 0; waited < 2000 && !isGone(); waited += 20) {
          const receivedMessages = take(Number(body['maxMessages'])).map(({ id, data, ackId }) => ({
            ackId,
            message: {
              data: Buffer.from(data).toString('base64'),
              messageId: id,
              publishTime: new Date().toISOString(),
            },
          }));
          if (receivedMessages.length > 0) return { receivedMessages };
          await delay(20);
        }
        return {};
      case ':acknowledge':
        messages = messages.filter(({ ackId }) => !ackIds.includes(ackId));
        return {};
      case ':modifyAckDeadline':
        for (const each of messages) {
          if (ackIds.includes(each.ackId)) each.freeAt = performance.now() + Number(body['ackDeadlineSeconds']) * 1000;
        }
        return {};
      default:
        return undefined;
    }
  }

  const server = createServer(async (request, response) => {
    authorizations.push(request.headers.authorization);
    const path = decodeURIComponent(request.url ?? '');
    const body = await readJson(request);
    const known = path.startsWith(`/v1/${SUBSCRIPTION}`) ? path.slice(`/v1/${SUBSCRIPTION}`.length) : undefined;
    const said =
      refusal === undefined && known !== undefined
        ? await answer(known, body, () => request.destroyed && response.destroyed)
        : undefined;
    const { status, body: text } =
      refusal ?? (said === undefined ? NOT_FOUND : { status: 200, body: JSON.stringify(said) });
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    subscription: SUBSCRIPTION,
    authorizations,
    deadLetters,
    publish(data) {
      serial += 1;
      messages.push({ id: String(serial), data, deliveries: 0, ackId: '', freeAt: 0 });
    },
    left: () => messages.length,
    answer(next) {
      refusal = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const NOT_FOUND = {
  status: 404,
  body: JSON.stringify({
    error: { code: 404, message: 'Resource not found (resource=lazaret).', status: 'NOT_FOUND' },
  }),
};

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

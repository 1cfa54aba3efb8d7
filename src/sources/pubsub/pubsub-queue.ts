import type { ProxyRules } from '../../domain/proxy-rules.ts';
import type { PubsubPlace } from '../../domain/pubsub-place.ts';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError } from '../../kit/errors.ts';
import { withDeadline } from '../../kit/io/with-deadline.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { MessageQueue, QueueMessage } from '../queue/message-queue.ts';
import { createQueueExchange } from '../queue/queue-exchange.ts';
import { createAccessTokens } from './access-token.ts';

/** What of a subscription's settings matters to who reads it. */
export interface SubscriptionState {
  readonly topic: string;
  readonly hasDeadLetters: boolean;
  /** Where Pub/Sub sends the messages by itself; then nobody can pull them. */
  readonly pushEndpoint: string | undefined;
}

/** One subscription, read as one identity. All of it throws {@link FaultError} `PUBSUB_UNAVAILABLE`. */
export interface PubsubQueue extends MessageQueue {
  describe(signal: AbortSignal): Promise<SubscriptionState>;
}

export interface PubsubQueueOptions {
  readonly place: PubsubPlace;
  readonly proxy?: ProxyRules | undefined;
}

const API = new URL('https://pubsub.googleapis.com');
/** Few, for they are stored one after the other while all are held. */
const BATCH = 10;
const REQUEST_MS = 10_000;
/** Ten messages of 10 MB, Pub/Sub's most, in base64. */
const MAX_BYTES = 24 * 1024 * 1024;
/** A pull without messages is answered within a minute and a half. */
const HEADERS_MS = 100_000;
const BOUNDS = { maxDepth: 16, maxValues: 100_000 };

/**
 * Prepares it; nothing is contacted yet. By REST: the client library of Google brings gRPC, and its own way out.
 * https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
export function createPubsubQueue({ place, proxy }: PubsubQueueOptions): PubsubQueue {
  const exchange = createQueueExchange(proxy, { code: 'PUBSUB_UNAVAILABLE', headersMs: HEADERS_MS });
  const tokens = createAccessTokens(place.identity);
  const urlOf = (verb: string): URL => new URL(`/v1/${place.subscription}${verb}`, place.endpoint ?? API);

  async function call(
    verb: string,
    body: object | undefined,
    signal: AbortSignal,
    ms = REQUEST_MS,
  ): Promise<JsonObject> {
    const url = urlOf(verb);
    return withDeadline(signal, ms, async (deadline) => {
      try {
        const authorization = await tokens.read(deadline);
        const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
        const sent =
          body === undefined
            ? { method: 'GET' as const }
            : { method: 'POST' as const, body: Buffer.from(JSON.stringify(body)) };
        const answer = await exchange.exchange({ ...sent, url, headers, maxBytes: MAX_BYTES }, deadline);
        if (answer.status !== 200) throw refusal(answer.status, answer.body, place);
        return toObject(answer.body, place);
      } catch (error) {
        if (error instanceof FaultError) throw error;
        if (signal.aborted) throw signal.reason;
        const why = deadline.aborted ? 'no answer in time' : `no answer (${errorCode(error) ?? 'unknown error'})`;
        throw fault(place, why, true, 'Check the network, and `proxy` of the configuration.');
      }
    });
  }
  const ackIds = (messages: readonly QueueMessage[]): readonly string[] => messages.map(({ handle }) => handle);

  return {
    async receive({ waitS, holdS }, signal) {
      // Pub/Sub itself ends the wait for messages, after a while of its own.
      const answer = await call(':pull', { maxMessages: BATCH }, signal, waitS * 1000 + REQUEST_MS);
      const { receivedMessages = [] } = answer;
      const messages = Array.isArray(receivedMessages) ? receivedMessages.flatMap(readMessage) : [];
      // How long they are held is the subscription's setting until we say.
      if (messages.length > 0)
        await call(':modifyAckDeadline', { ackIds: ackIds(messages), ackDeadlineSeconds: holdS }, NEVER);
      return messages;
    },
    async remove(messages) {
      // Of one whose time is over Pub/Sub says nothing: it comes again, and is known.
      if (messages.length > 0) await call(':acknowledge', { ackIds: ackIds(messages) }, NEVER);
      return [];
    },
    async hold(messages, seconds) {
      if (messages.length === 0) return;
      await call(':modifyAckDeadline', { ackIds: ackIds(messages), ackDeadlineSeconds: seconds }, NEVER);
    },
    async describe(signal) {
      const { topic, deadLetterPolicy, pushConfig } = await call('', undefined, signal);
      const endpoint = isJsonObject(pushConfig) ? pushConfig['pushEndpoint'] : undefined;
      return {
        topic: typeof topic === 'string' ? topic : 'unknown',
        hasDeadLetters: isJsonObject(deadLetterPolicy),
        pushEndpoint: typeof endpoint === 'string' && endpoint !== '' ? endpoint : undefined,
      };
    },
    close: async () => void (await Promise.all([exchange.close(), tokens.close()])),
  };
}

/** One of `receivedMessages`; what is no message is left to its deadline. */
function readMessage(received: Json): readonly QueueMessage[] {
  if (!isJsonObject(received)) return [];
  const { ackId: handle, message } = received;
  if (typeof handle !== 'string' || !isJsonObject(message)) return [];
  const { data = '', messageId, publishTime } = message;
  const body = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
  const id = typeof messageId === 'string' ? messageId : handle.slice(0, 64);
  // The names that an unwrapped push gives them: https://docs.cloud.google.com/pubsub/docs/payload-unwrapping
  const headers = {
    'x-goog-pubsub-message-id': id,
    ...(typeof publishTime === 'string' && { 'x-goog-pubsub-publish-time': publishTime }),
  };
  return [{ id, handle, body, headers }];
}

function toObject(body: Uint8Array, place: PubsubPlace): JsonObject {
  const answer = parse(body);
  if (isJsonObject(answer)) return answer;
  const hint = 'Something between here and Google answers in its place: a proxy, or the wrong address.';
  throw fault(place, 'the answer is none of Pub/Sub', true, hint);
}

function parse(body: Uint8Array): Json | undefined {
  try {
    return body.byteLength === 0 ? {} : parseJson(body, BOUNDS);
  } catch {
    return undefined;
  }
}

/** What an answer that is no success means. Of its words only the status is taken: the rest could quote messages. */
function refusal(status: number, body: Uint8Array, place: PubsubPlace): FaultError {
  const answer = parse(body);
  const error = isJsonObject(answer) ? answer['error'] : undefined;
  const named = isJsonObject(error) && typeof error['status'] === 'string' ? error['status'] : '';
  const said = /^[A-Z_]{1,40}$/.test(named) ? `${status} ${named}` : String(status);
  if (status === 404)
    return fault(place, `it is not there (${said})`, false, 'Check `subscription`; Lazaret never makes one.');
  if (status === 401)
    return fault(
      place,
      `Google does not know us (${said})`,
      false,
      'Check the key of the service account, and the clock of this machine.',
    );
  if (status === 403)
    return fault(
      place,
      `we may not read it (${said})`,
      false,
      'Give this identity roles/pubsub.subscriber on the subscription, and roles/pubsub.viewer for `doctor`.',
    );
  if (status === 400)
    return fault(
      place,
      `it cannot be pulled (${said})`,
      false,
      'A subscription that pushes cannot be pulled: make another on the same topic, or use `kind: webhook`.',
    );
  return fault(place, `Google answered ${said}`, true, 'It is asked again by itself.');
}

function fault({ subscription }: PubsubPlace, message: string, retryable: boolean, hint: string): FaultError {
  return new FaultError('PUBSUB_UNAVAILABLE', `${subscription}: ${message}`, { retryable, hint });
}

const NEVER = new AbortController().signal;

import type { Logger } from 'pino';
import type { Dialect } from '../../domain/registry-event.ts';
import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import { wait } from '../../kit/io/wait.ts';
import type { EventReceiver, Listener } from '../../ports/event-source.ts';
import type { DeliveryMetrics, DeliveryResult } from '../delivery-metrics.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { parseDelivery } from '../parse-delivery.ts';
import type { MessageQueue, QueueMessage } from './message-queue.ts';

export interface TakeOptions {
  readonly listener: Listener;
  readonly dialect: Dialect;
  readonly limits: PayloadLimits;
  /** Of the queue, in positions of what is parked. */
  readonly queueName: string;
  /** How long nobody else gets what was received; default {@link HOLD_S}. */
  readonly holdS?: number | undefined;
}

export interface TakeDeps {
  readonly queue: Pick<MessageQueue, 'hold' | 'remove'>;
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  /** What is parked already; it comes again until the queue's own policy takes it away. */
  readonly parked: ParkedMemory;
  /** Told what keeps messages from being stored, and `undefined` once they are again. */
  readonly onTrouble: (problem: string | undefined) => void;
}

/** Ids of messages that are parked. */
export interface ParkedMemory {
  has(id: string): boolean;
  add(id: string): void;
}

/** How long nobody else gets what we received, from each sign of life on: long enough for three of them. */
export const HOLD_S = 60;
const SIGNS_OF_LIFE = 3;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;

/**
 * Takes messages to the record, one after the other, and removes from the queue what is stored. While the record store
 * is away they are held, so that they neither wear out nor go to another reader for nothing; whoever is told to stop
 * gives back what he has not stored. What cannot be read is parked once and left in the queue, whose dead-letter policy
 * moves it.
 */
export async function takeMessages(
  messages: readonly QueueMessage[],
  options: TakeOptions,
  deps: TakeDeps,
  stopping: AbortSignal,
): Promise<void> {
  const open = new Set(messages);
  const stored: QueueMessage[] = [];
  const { holdS = HOLD_S } = options;
  const everyMs = (holdS * 1000) / SIGNS_OF_LIFE;
  const holding = setInterval(() => void extend([...open, ...stored], holdS, deps), everyMs);
  try {
    for (const message of messages) {
      if (stopping.aborted) break;
      const fate = await persist(() => take(message, options, deps), deps, stopping);
      if (fate === undefined) break;
      open.delete(message);
      if (fate === 'stored') stored.push(message);
    }
    await remove(stored, deps);
  } finally {
    clearInterval(holding);
    // Whatever ended this early, the rest is given back, so that other readers get it at once.
    await deps.queue.hold([...open], 0).catch((error: unknown) => deps.logger.debug({ err: error }, 'not given back'));
  }
}

/** Tries until it succeeds; `undefined` when told to stop before. */
async function persist<T>(attempt: () => Promise<T>, deps: TakeDeps, stopping: AbortSignal): Promise<T | undefined> {
  for (let failures = 0; !stopping.aborted; failures += 1) {
    try {
      const done = await attempt();
      deps.onTrouble(undefined);
      return done;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      const waitMs = backOff(FIRST_WAIT_MS, failures, MAX_WAIT_MS);
      deps.logger.warn({ err: error, waitMs }, 'messages cannot be stored now; the queue waits');
      deps.onTrouble(`messages cannot be stored: ${error.message}`);
      await wait(waitMs, stopping).catch(() => undefined);
    }
  }
  return undefined;
}

async function take(message: QueueMessage, options: TakeOptions, deps: TakeDeps): Promise<'stored' | 'parked'> {
  const { listener } = options;
  if (deps.parked.has(message.id)) return 'parked';
  const reading = await parseDelivery({ body: Buffer.from(message.body), headers: message.headers ?? {} }, options);
  if (reading.kind === 'poison') return park(message, reading, options, deps);
  try {
    await deps.receiver.receive(listener, reading.events);
  } catch (error) {
    if (error instanceof FaultError) throw error;
    deps.logger.error({ err: error }, 'a message could not be taken in');
    return park(message, { reason: `unexpected: ${String(error)}`, body: Buffer.from(message.body) }, options, deps);
  }
  deps.metrics.delivery(listener.sourceId, 'accepted');
  return 'stored';
}

async function park(
  { id }: QueueMessage,
  { reason, body }: { readonly reason: string; readonly body: Uint8Array },
  { listener, queueName }: TakeOptions,
  deps: TakeDeps,
): Promise<'parked'> {
  await deps.receiver.park({ sourceId: listener.sourceId, reason, body, position: `${queueName}/${id}` });
  deps.parked.add(id);
  const result: DeliveryResult = reason.startsWith('EVENT_TOO_LARGE') ? 'too-large' : 'malformed';
  deps.metrics.delivery(listener.sourceId, result);
  return 'parked';
}

/** A message that stays in the queue all the same is received and stored again, which changes nothing. */
async function remove(stored: readonly QueueMessage[], { queue, logger }: TakeDeps): Promise<void> {
  const left = await queue.remove(stored);
  if (left.length > 0) logger.info({ count: left.length }, 'messages stay in the queue: they were held too long');
}

async function extend(messages: readonly QueueMessage[], holdS: number, { queue, logger }: TakeDeps): Promise<void> {
  await queue
    .hold(messages, holdS)
    .catch((error: unknown) => logger.warn({ err: error }, 'messages could not be held; others may take them too'));
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Logger } from 'pino';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { backOffs } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import type { EventReceiver, Listener } from '../../ports/event-source.ts';
import type { DeliveryMetrics, DeliveryResult } from '../delivery-metrics.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { parseRecord } from './parse-record.ts';

export interface ConsumeOptions {
  readonly listener: Listener;
  readonly dialect: Dialect;
  readonly limits: PayloadLimits;
}

export interface ConsumeDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  /** Told what keeps records from being stored, and `undefined` once they are again. */
  readonly onTrouble: (problem: string | undefined) => void;
}

/** The part of a kafkajs batch that is used. */
export type BatchPayload = Pick<
  EachBatchPayload,
  'batch' | 'resolveOffset' | 'heartbeat' | 'commitOffsetsIfNecessary' | 'isRunning' | 'isStale'
>;

// One transaction for so many records: enough to keep up with a backlog, few enough to answer a heartbeat between.
const CHUNK = 64;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
// The group counts a member as dead after 30 s without a heartbeat.
const HEARTBEAT_MS = 1000;

/**
 * Takes one batch to the record. The offset after a record is committed only once the record is stored or parked.
 * Records that cannot be read are parked. When the record store is away, the partition waits for it, still a member
 * of its group: that back-pressure is wanted, and nothing is skipped.
 */
export async function consumeBatch(payload: BatchPayload, options: ConsumeOptions, deps: ConsumeDeps): Promise<void> {
  const { batch } = payload;
  for (let start = 0; start < batch.messages.length; start += CHUNK) {
    const chunk = batch.messages.slice(start, start + CHUNK);
    const last = chunk.at(-1);
    if (last === undefined || !(await persist(() => store(chunk, payload, options, deps), payload, deps))) return;
    payload.resolveOffset(last.offset);
    const next = (BigInt(last.offset) + 1n).toString();
    const { topic, partition } = batch;
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
    await payload.heartbeat();
  }
}

/** Tries until it succeeds; `false` when the batch is no longer ours to work on. */
async function persist(attempt: () => Promise<void>, payload: BatchPayload, deps: ConsumeDeps): Promise<boolean> {
  for (const waitMs of backOffs(FIRST_WAIT_MS, MAX_WAIT_MS)) {
    if (!isOurs(payload)) break;
    try {
      await attempt();
      deps.onTrouble(undefined);
      return true;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      deps.logger.warn({ err: error, waitMs }, 'records cannot be stored now; the partition waits');
      deps.onTrouble(`records cannot be stored: ${error.message}`);
      await waitAsMember(waitMs, payload);
    }
  }
  return false;
}

async function store(
  messages: readonly KafkaMessage[],
  payload: BatchPayload,
  options: ConsumeOptions,
  deps: ConsumeDeps,
): Promise<void> {
  const events: RegistryEvent[] = [];
  const readable: KafkaMessage[] = [];
  const results: DeliveryResult[] = [];
  for (const message of messages) {
    const reading = await parseRecord(message, options);
    if (reading.kind === 'poison') results.push(await park(reading, message, payload, options, deps));
    else readable.push(message);
    if (reading.kind === 'events') events.push(...reading.events);
  }
  try {
    await deps.receiver.receive(options.listener, events);
    results.push(...readable.map(() => 'accepted' as const));
  } catch (error) {
    if (error instanceof FaultError) throw error;
    await storeApart(error, readable, payload, options, deps);
  }
  // Counted only now, because after a fault the whole chunk is tried again.
  for (const result of results) deps.metrics.delivery(options.listener.sourceId, result);
}

/** One of these records cannot be stored, so each is tried alone and only that one is parked. */
async function storeApart(
  error: unknown,
  messages: readonly KafkaMessage[],
  payload: BatchPayload,
  options: ConsumeOptions,
  deps: ConsumeDeps,
): Promise<void> {
  if (messages.length > 1) {
    for (const message of messages) await store([message], payload, options, deps);
    return;
  }
  deps.logger.error({ err: error }, 'a record could not be taken in');
  for (const message of messages) {
    const poison = { reason: `unexpected: ${String(error)}`, body: message.value ?? Buffer.alloc(0) };
    deps.metrics.delivery(options.listener.sourceId, await park(poison, message, payload, options, deps));
  }
}

async function park(
  poison: { readonly reason: string; readonly body: Uint8Array },
  message: KafkaMessage,
  { batch }: BatchPayload,
  { listener }: ConsumeOptions,
  deps: ConsumeDeps,
): Promise<DeliveryResult> {
  const position = `${batch.topic}/${batch.partition}@${message.offset}`;
  await deps.receiver.park({ sourceId: listener.sourceId, reason: poison.reason, body: poison.body, position });
  return poison.reason.startsWith('EVENT_TOO_LARGE') ? 'too-large' : 'malformed';
}

async function waitAsMember(waitMs: number, payload: BatchPayload): Promise<void> {
  const until = performance.now() + waitMs;
  while (isOurs(payload) && performance.now() < until) {
    await payload.heartbeat();
    await sleep(Math.min(HEARTBEAT_MS / 4, Math.max(1, until - performance.now())));
  }
}

function isOurs(payload: BatchPayload): boolean {
  return payload.isRunning() && !payload.isStale();
}

// The room `sources/queue`: what all queues of messages have in common.

import type { Logger } from 'pino';
import type { Dialect } from '../../domain/registry-event.ts';
import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import { wait } from '../../kit/io/wait.ts';
import type { EventReceiver, EventSource } from '../../ports/event-source.ts';
import type { DeliveryMetrics } from '../delivery-metrics.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import type { MessageQueue } from './message-queue.ts';
import { HOLD_S, type ParkedMemory, takeMessages } from './take-messages.ts';

export interface QueueSourceOptions {
  readonly id: string;
  readonly registryIds: readonly string[];
  readonly dialect: Dialect;
  readonly limits: PayloadLimits;
  /** How long nobody else gets a message from each sign of life of ours on; default {@link HOLD_S}. */
  readonly holdS?: number;
  /** Of the queue, in positions of what is parked. */
  readonly queueName: string;
  /** Whose queue it is, for words. */
  readonly service: string;
  /** How long it is waited for messages, in s. */
  readonly waitS: number;
}

export interface QueueSourceDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
}

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** Ids of parked messages that are kept in mind: what is forgotten is parked again, which changes nothing. */
const MAX_PARKED = 10_000;

/**
 * Creates a source that reads one queue, by itself or with others. It asks in the background and again after every
 * failure; `health()` says how it stands.
 */
export function createQueueSource(
  options: QueueSourceOptions,
  queue: MessageQueue,
  deps: QueueSourceDeps,
): EventSource {
  const { id: sourceId, registryIds, dialect, limits, queueName, service, holdS = HOLD_S } = options;
  const logger = deps.logger.child({ sourceId });
  const stopping = new AbortController();
  const trouble: { queue: string | undefined; storage: string | undefined } = {
    queue: 'its queue has not answered yet',
    storage: undefined,
  };
  let since: Date | undefined = new Date();
  let running: Promise<void> | undefined;

  const problem = (): string | undefined => trouble.queue ?? trouble.storage;
  function change(news: Partial<typeof trouble>): void {
    Object.assign(trouble, news);
    since = problem() === undefined ? undefined : (since ?? new Date());
  }

  const taking = { listener: { sourceId, registryIds }, dialect, limits, queueName, holdS };
  const onTrouble = (storage: string | undefined) => change({ storage });
  const takeDeps = { ...deps, logger, queue, parked: createParkedMemory(), onTrouble };

  async function listen(): Promise<void> {
    const { signal } = stopping;
    for (let failures = 0; !signal.aborted; ) {
      try {
        // After trouble the queue is asked without a wait, so that the end of the trouble is seen at once.
        const waitS = trouble.queue === undefined ? options.waitS : 0;
        const messages = await queue.receive({ waitS, holdS }, signal);
        change({ queue: undefined });
        await takeMessages(messages, taking, takeDeps, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        const waitMs = backOff(FIRST_RETRY_MS, failures, MAX_RETRY_MS);
        failures += 1;
        change({ queue: `${service} does not serve: ${error instanceof Error ? error.message : String(error)}` });
        if (error instanceof FaultError) logger.warn({ err: error, waitMs }, 'the queue cannot be read; trying again');
        else logger.error({ err: error, waitMs }, 'reading the queue broke off; trying again');
        await wait(waitMs, signal).catch(() => undefined);
      }
    }
  }

  return {
    id: sourceId,
    async start() {
      running ??= listen();
    },
    async stop() {
      stopping.abort();
      await running;
      await queue.close();
    },
    health: problem,
    deafSince: () => since,
  };
}

/** Remembers the latest {@link MAX_PARKED}. */
function createParkedMemory(): ParkedMemory {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > MAX_PARKED && oldest !== undefined) ids.delete(oldest);
    },
  };
}

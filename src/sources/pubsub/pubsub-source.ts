// The room `sources/pubsub`: events from a subscription of Google Cloud Pub/Sub, pulled.

import type { ProxyRules } from '../../domain/proxy-rules.ts';
import type { PubsubPlace } from '../../domain/pubsub-place.ts';
import type { EventSource } from '../../ports/event-source.ts';
import { createQueueSource, type QueueSourceDeps, type QueueSourceOptions } from '../queue/queue-source.ts';
import { createPubsubQueue } from './pubsub-queue.ts';

export interface PubsubSourceOptions extends PubsubPlace, Omit<QueueSourceOptions, 'queueName' | 'service' | 'waitS'> {
  readonly proxy?: ProxyRules | undefined;
}

/** Google ends a pull without messages by itself, within a minute and a half. */
const WAIT_S = 90;

/** Creates a source that pulls from one subscription, by itself or with others. */
export function createPubsubSource(options: PubsubSourceOptions, deps: QueueSourceDeps): EventSource {
  const queue = createPubsubQueue({ place: options, proxy: options.proxy });
  const queueName = options.subscription.split('/').at(-1) ?? '';
  return createQueueSource({ ...options, queueName, service: 'Pub/Sub', waitS: WAIT_S }, queue, deps);
}

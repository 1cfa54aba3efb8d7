// The room `sources/sqs`: events from a queue of Amazon SQS.

import type { ProxyRules } from '../../domain/proxy-rules.ts';
import type { SqsPlace } from '../../domain/sqs-place.ts';
import type { EventSource } from '../../ports/event-source.ts';
import { createQueueSource, type QueueSourceDeps, type QueueSourceOptions } from '../queue/queue-source.ts';
import { createSqsQueue } from './sqs-queue.ts';

export interface SqsSourceOptions extends SqsPlace, Omit<QueueSourceOptions, 'queueName' | 'service' | 'waitS'> {
  readonly proxy?: ProxyRules | undefined;
}

/** The longest wait that AWS knows: the fewest requests, and messages come at once all the same. */
const WAIT_S = 20;

/** Creates a source that reads one queue of SQS, by itself or with others. */
export function createSqsSource(options: SqsSourceOptions, deps: QueueSourceDeps): EventSource {
  const queue = createSqsQueue({ place: options, proxy: options.proxy });
  const queueName = options.queueUrl.pathname.split('/').at(-1) ?? '';
  return createQueueSource({ ...options, queueName, service: 'SQS', waitS: WAIT_S }, queue, deps);
}

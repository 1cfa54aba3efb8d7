import { createPubsubQueue, type PubsubQueueOptions, type SubscriptionState } from './pubsub-queue.ts';

/** Asks a subscription how it is set up, without pulling anything. @throws {FaultError} `PUBSUB_UNAVAILABLE` */
export async function probePubsub(options: PubsubQueueOptions, signal: AbortSignal): Promise<SubscriptionState> {
  const queue = createPubsubQueue(options);
  try {
    return await queue.describe(signal);
  } finally {
    await queue.close();
  }
}

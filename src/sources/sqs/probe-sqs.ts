import { createSqsQueue, type QueueState, type SqsQueueOptions } from './sqs-queue.ts';

/** Asks a queue how it is set up, without receiving anything. @throws {FaultError} `SQS_UNAVAILABLE` */
export async function probeSqs(options: SqsQueueOptions, signal: AbortSignal): Promise<QueueState> {
  const queue = createSqsQueue(options);
  try {
    return await queue.describe(signal);
  } finally {
    await queue.close();
  }
}

import type { KafkaTopic } from '../../domain/kafka-topic.ts';
import { FaultError } from '../../kit/errors.ts';
import { createKafkaClient, type KafkaClientDeps } from './kafka-client.ts';
import { patchRequestQueue } from './patch-request-queue.ts';

/**
 * Connects to the brokers and asks for the topic, without joining the group: nothing is consumed. Returns the number
 * of its partitions. @throws {FaultError} `KAFKA_UNAVAILABLE`
 */
export async function probeKafka(options: KafkaTopic, deps: KafkaClientDeps): Promise<number> {
  patchRequestQueue();
  // Whoever asks waits: two tries tell a broker that stumbles from one that is not there.
  const admin = createKafkaClient(options, deps).admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [options.topic] });
    return topics[0]?.partitions.length ?? 0;
  } catch (error) {
    throw toFault(error, options);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function toFault(error: unknown, { brokers, topic }: KafkaTopic): FaultError {
  const place = `Kafka at ${brokers.join(', ')}`;
  if (isUnknownTopic(error)) {
    return new FaultError('KAFKA_UNAVAILABLE', `${place} has no topic ${topic}`, {
      retryable: true,
      cause: error,
      hint: 'Create the topic, or name the right one; Lazaret never creates one.',
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : '';
  const isLogin = /SASL|Authentication/i.test(`${name} ${message}`);
  return new FaultError('KAFKA_UNAVAILABLE', `${place} is not available: ${message}`, {
    retryable: !isLogin,
    cause: error,
    hint: isLogin
      ? 'Check `sasl`: mechanism, user and password, or whether the brokers take tokens of this issuer.'
      : 'Check the brokers, the network, and whether they expect `tls` or `sasl`.',
  });
}

function isUnknownTopic(error: unknown): boolean {
  let here = error;
  for (let depth = 0; depth < 4 && here instanceof Error; depth += 1) {
    if ('type' in here && here.type === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
    here = here.cause;
  }
  return false;
}

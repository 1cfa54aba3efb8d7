import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { Pushed } from '../../support/oci-push.ts';
import { SECRETS } from './secrets.ts';

/** A push to be announced. */
export interface PushNews {
  readonly host: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly pushed: Pushed;
}

/** Tells the daemon of pushes in the place of a registry that cannot, and again of pushes it knows. */
export interface Announcer {
  announce(news: PushNews): Promise<void>;
  stop(): Promise<void>;
}

/** Posts distribution's envelope to a webhook receiver. */
export function createWebhookAnnouncer(hookUrl: string): Announcer {
  return {
    async announce(news) {
      const response = await fetch(hookUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/vnd.docker.distribution.events.v1+json',
          authorization: `Bearer ${SECRETS.hook}`,
        },
        body: envelope(news),
      });
      if (response.status !== 202)
        throw new Error(`the receiver answered ${response.status}: ${await response.text()}`);
    },
    stop: async () => undefined,
  };
}

/** Puts distribution's envelope on a Kafka topic. */
export async function createKafkaAnnouncer(brokers: readonly string[], topic: string): Promise<Announcer> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  return {
    async announce(news) {
      await producer.send({ topic, messages: [{ key: news.repository, value: envelope(news) }] });
    },
    stop: () => producer.disconnect(),
  };
}

function envelope({ host, repository, tag, pushed }: PushNews): string {
  const { mediaType, digest, size } = pushed;
  return JSON.stringify({
    events: [
      {
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { mediaType, digest, size, repository, ...(tag !== null && { tag }) },
        request: { id: randomUUID(), host, method: 'PUT' },
        actor: { name: 'writer' },
        source: { addr: host },
      },
    ],
  });
}

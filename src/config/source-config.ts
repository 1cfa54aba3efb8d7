import type { KafkaTopic } from '../domain/kafka-topic.ts';
import type { WebhookAuthentication } from '../domain/webhook-authentication.ts';

/** Names of the event formats; `src/sources/dialects` reads them. */
export const DIALECTS = ['distribution', 'harbor', 'zot', 'ecr', 'lazaret'] as const;

interface SourceBase {
  readonly id: string;
  /** At least one. */
  readonly registryIds: readonly string[];
  readonly dialect: (typeof DIALECTS)[number];
}

/** A receiver of `POST /webhooks/<id>`, or of `/webhooks/<secret>`. */
export interface WebhookSourceConfig extends SourceBase {
  readonly kind: 'webhook';
  readonly authentication: WebhookAuthentication;
}

/** A topic, read as a member of a consumer group. */
export interface KafkaSourceConfig extends SourceBase, KafkaTopic {
  readonly kind: 'kafka';
}

export type SourceConfig = WebhookSourceConfig | KafkaSourceConfig;

import type { DialectName } from '../domain/dialect-names.ts';
import type { EventMap } from '../domain/event-map.ts';
import type { KafkaTopic } from '../domain/kafka-topic.ts';
import type { PubsubPlace } from '../domain/pubsub-place.ts';
import type { SqsPlace } from '../domain/sqs-place.ts';
import type { WebhookAuthentication } from '../domain/webhook-authentication.ts';

interface SourceBase {
  readonly id: string;
  /** At least one. */
  readonly registryIds: readonly string[];
}

/** Somebody announces pushes to it. */
interface AnnouncedSourceBase extends SourceBase {
  readonly dialect: DialectName;
  /** Of the dialect `generic`, and only of it. */
  readonly map?: EventMap;
}

/** A receiver of `POST /webhooks/<id>`, or of `/webhooks/<secret>`. */
export interface WebhookSourceConfig extends AnnouncedSourceBase {
  readonly kind: 'webhook';
  readonly authentication: WebhookAuthentication;
}

/** A topic, read as a member of a consumer group. */
export interface KafkaSourceConfig extends AnnouncedSourceBase, KafkaTopic {
  readonly kind: 'kafka';
}

/** A sweep of what registries hold, every so often: it finds what nobody announced. */
export interface PollSourceConfig extends SourceBase {
  readonly kind: 'poll';
  readonly everyMs: number;
  readonly tags: {
    /** Globs; empty: all. */
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly newest?: number;
  };
  /** What becomes of images that were there before the first sweep. */
  readonly baseline: 'record' | 'judge';
}

/** A queue of Amazon SQS. */
export interface SqsSourceConfig extends AnnouncedSourceBase, SqsPlace {
  readonly kind: 'sqs';
}

/** A subscription of Google Cloud Pub/Sub, pulled. */
export interface PubsubSourceConfig extends AnnouncedSourceBase, PubsubPlace {
  readonly kind: 'pubsub';
}

/** A source to which pushes are announced. */
export type AnnouncedSourceConfig = WebhookSourceConfig | KafkaSourceConfig | SqsSourceConfig | PubsubSourceConfig;

export type SourceConfig = AnnouncedSourceConfig | PollSourceConfig;

import type { Secret } from '../kit/secret.ts';

/** A topic of Kafka, and how its brokers are reached. */
export interface KafkaTopic {
  /** Each `host:port`. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** The consumer group. */
  readonly group: string;
  /** `true`: TLS with the system's roots. Certificates are always checked. All members are PEM. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: Secret };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Secret;
  };
}

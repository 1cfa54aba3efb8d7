import type { Secret } from '../kit/secret.ts';

/** Names of the event formats; `src/sources/dialects` reads them. */
export const DIALECTS = ['distribution', 'harbor', 'zot', 'lazaret'] as const;

/** How a receiver knows its sender; several secrets are accepted at once, so that they can be rotated. */
export type WebhookAuthenticationConfig =
  | { readonly kind: 'header'; readonly name: string; readonly values: readonly Secret[] }
  | { readonly kind: 'bearer'; readonly tokens: readonly Secret[] }
  | { readonly kind: 'basic'; readonly username: string; readonly passwords: readonly Secret[] }
  /** HMAC-SHA256 over the raw body; `prefixed`: `sha256=<hex>`. */
  | {
      readonly kind: 'hmac';
      readonly header: string;
      readonly format: 'prefixed' | 'hex';
      readonly secrets: readonly Secret[];
    }
  /** The last part of the path is the secret. */
  | { readonly kind: 'path'; readonly secret: Secret };

interface SourceBase {
  readonly id: string;
  /** At least one. */
  readonly registryIds: readonly string[];
  readonly dialect: (typeof DIALECTS)[number];
}

/** A receiver of `POST /webhooks/<id>`, or of `/webhooks/<secret>`. */
export interface WebhookSourceConfig extends SourceBase {
  readonly kind: 'webhook';
  readonly authentication: WebhookAuthenticationConfig;
}

/** A topic, read as a member of a consumer group. */
export interface KafkaSourceConfig extends SourceBase {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  /** `true`: TLS with the system's roots. All members are PEM. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: Secret };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Secret;
  };
}

export type SourceConfig = WebhookSourceConfig | KafkaSourceConfig;

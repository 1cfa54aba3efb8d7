import type { Secret } from '../kit/secret.ts';

/** How a receiver knows its sender. Several secrets are accepted at once, so that they can be rotated. */
export type WebhookAuthentication =
  /** A header with a fixed value, e.g. Harbor's `Authorization` or a custom header of distribution. */
  | { readonly kind: 'header'; readonly name: string; readonly values: readonly Secret[] }
  | { readonly kind: 'bearer'; readonly tokens: readonly Secret[] }
  | { readonly kind: 'basic'; readonly username: string; readonly passwords: readonly Secret[] }
  /** HMAC-SHA256 over the raw body, lower-case hex; `prefixed` is GitHub's `sha256=<hex>`. */
  | {
      readonly kind: 'hmac';
      readonly header: string;
      readonly format: 'prefixed' | 'hex';
      readonly secrets: readonly Secret[];
    }
  /** For registries that cannot authenticate: the last part of the path is the secret. */
  | { readonly kind: 'path'; readonly secret: Secret };

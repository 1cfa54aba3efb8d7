import type { Secret } from '../kit/secret.ts';

/** How a receiver knows its sender. Several secrets are accepted at once, so that they can be rotated. */
export type WebhookAuthentication =
  /** A header with a fixed value, e.g. Harbor's `Authorization` or a custom header of distribution. */
  | { readonly kind: 'header'; readonly name: string; readonly values: readonly Secret[] }
  | { readonly kind: 'bearer'; readonly tokens: readonly Secret[] }
  | { readonly kind: 'basic'; readonly username: string; readonly passwords: readonly Secret[] }
  | SignedAuthentication
  /** For registries that cannot authenticate: the last part of the path is the secret. */
  | { readonly kind: 'path'; readonly paths: readonly Secret[] };

/** HMAC over the raw body, in lower-case hex. */
export interface SignedAuthentication extends BodySignature {
  readonly kind: 'hmac';
  readonly secrets: readonly Secret[];
}

/** Where and how a sender writes the HMAC of a body. */
export interface BodySignature {
  readonly header: string;
  /** `prefixed` is GitHub's `sha256=<hex>`. */
  readonly format: 'prefixed' | 'hex';
  /** SHA-1 only where the vendor has nothing else. */
  readonly algorithm: 'sha256' | 'sha1';
}

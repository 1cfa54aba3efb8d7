import type { Renewable } from '../kit/renewable.ts';
import type { Secret } from '../kit/secret.ts';

/** How a receiver knows its sender. Several secrets are accepted at once, so that they can be rotated. */
export type WebhookAuthentication =
  /** A header with a fixed value, e.g. Harbor's `Authorization` or a custom header of distribution. */
  | { readonly kind: 'header'; readonly name: string; readonly values: readonly Secret[] }
  | { readonly kind: 'bearer'; readonly tokens: readonly Secret[] }
  | { readonly kind: 'basic'; readonly username: string; readonly passwords: readonly Secret[] }
  | SignedAuthentication
  | TokenAuthentication
  /** A certificate of the client's, of an authority that is configured for the whole port. */
  | { readonly kind: 'clientCertificate'; readonly accepted: Renewable<AcceptedCertificates> }
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

/** A token that an OIDC issuer signed, sent as bearer: Pub/Sub, Event Grid, Chainguard. */
export interface TokenAuthentication extends TokenIssuer {
  readonly kind: 'oidc';
  readonly accepted: Renewable<AcceptedTokens>;
}

/** Who signs tokens, and whom its own TLS certificate is from where that is nobody the system knows. */
export interface TokenIssuer {
  /** As `iss` has it, character by character. */
  readonly issuer: string;
  readonly ca?: string;
}

/** What a token must say. Each list holds what is right; of an empty one nothing is asked, and `audiences` is never empty. */
export interface AcceptedTokens {
  readonly audiences: readonly string[];
  readonly emails: readonly string[];
  readonly subjects: readonly string[];
}

/** Names of which a certificate must hold one, as they are written here; not all lists are empty. */
export interface AcceptedCertificates {
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  readonly commonNames: readonly string[];
}

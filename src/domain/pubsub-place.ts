import type { Secret } from '../kit/secret.ts';

/** Which subscription of Google Cloud Pub/Sub, and as whom it is read. */
export interface PubsubPlace {
  /** `projects/P/subscriptions/S`. */
  readonly subscription: string;
  readonly identity: GoogleIdentity;
  /** Of the API, where it is not Google's own: for tests and emulators. */
  readonly endpoint?: URL;
}

/** Who asks Google. */
export type GoogleIdentity =
  /** A service account, by the JSON of one of its keys. */
  | { readonly kind: 'key'; readonly key: Secret }
  /** Whom the metadata server of this machine names. */
  | { readonly kind: 'metadata' }
  | { readonly kind: 'none' };

/** A key of a service account: the members that matter. */
export interface ServiceAccountKey {
  readonly email: string;
  readonly keyId: string;
  /** PEM (PKCS #8). */
  readonly privateKey: string;
}

/** Reads the JSON that `gcloud iam service-accounts keys create` writes; `undefined` for anything else. */
export function parseServiceAccountKey(text: string): ServiceAccountKey | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const {
      type,
      client_email: email,
      private_key_id: keyId,
      private_key: privateKey,
    } = value as Record<string, unknown>;
    const isKey = type === 'service_account' && typeof email === 'string' && typeof keyId === 'string';
    return isKey && typeof privateKey === 'string' ? { email, keyId, privateKey } : undefined;
  } catch {
    return undefined;
  }
}

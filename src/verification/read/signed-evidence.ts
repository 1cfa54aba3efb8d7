import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { Json, JsonObject } from '../../kit/json.ts';
import type { Refusal } from '../check/refusal.ts';

/** What was signed. */
export type SignedContent =
  /** The image's manifest itself; `digest` is what the bundle says its hash is. */
  | { readonly kind: 'manifest'; readonly digest: Buffer; readonly hash: MessageHash }
  /** cosign's simple-signing payload. */
  | { readonly kind: 'simple-signing'; readonly payload: Buffer; readonly json: JsonObject }
  /** A DSSE envelope: https://github.com/secure-systems-lab/dsse */
  | { readonly kind: 'envelope'; readonly payloadType: string; readonly payload: Buffer; readonly json: PayloadJson };

/** An envelope's payload as JSON, or why it is none. */
export type PayloadJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly refusal: Refusal };

export type MessageHash = 'sha256' | 'sha384' | 'sha512';

/** A transparency log's record of a signature: https://docs.sigstore.dev/logging/overview/ */
export type LogEntry = TransparencyLogEntry;

/** Any evidence in one shape: bundles and cosign's layers end here, and are checked by the same code. */
export interface SignedEvidence {
  readonly content: SignedContent;
  readonly signature: Buffer;
  /** All signatures of an envelope that has several; each is tried for the signer on its own. */
  readonly signatures?: readonly Buffer[];
  readonly signer:
    | {
        readonly kind: 'certificate';
        readonly der: Buffer;
        /**
         * Certificates that may stand between the signer's and the trust root. Used only where the trust root allows
         * chains, and never trusted by themselves.
         */
        readonly chain: readonly Buffer[];
        /** The evidence has a form that is accepted only where the trust root allows chains. */
        readonly needsChains?: true;
      }
    /** The hint names a key, and proves nothing. */
    | { readonly kind: 'key'; readonly hint: string };
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly tokens: readonly Buffer[];
  /** What the tokens stamp: the signature, or the whole envelope in cosign's attestations. */
  readonly stamped: Buffer;
  /** The layer's bytes, which `intoto` 0.0.1 log entries hash; absent for bundles, which never have such entries. */
  readonly layer?: Buffer;
}

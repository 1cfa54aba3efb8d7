import type { TrustMaterial } from '@sigstore/verify';
import type { SignatureContent } from './signature-content.ts';
import type { SignedEvidence } from './signed-evidence.ts';

/** Everything a check of one piece of evidence against one material needs. */
export interface Checking {
  readonly evidence: SignedEvidence;
  readonly content: SignatureContent;
  /** Logs and authorities that may vouch for log entries and times; absent for a bare key. */
  readonly trust: TrustMaterial;
  /** What a log entry must name as its signer: the leaf certificate or the public key, DER. */
  readonly signer: { readonly kind: 'certificate' | 'key'; readonly der: Buffer };
  readonly now: Date;
}

/** A time that a log or a timestamp authority vouches for. */
export interface VerifiedTime {
  readonly time: Date;
  /** Which log or authority: copies of one voice count once. */
  readonly authority: string;
}

import type { SignatureContent } from '../read/signature-content.ts';
import type { SignedEvidence } from '../read/signed-evidence.ts';
import type { ParsedTrustRoot } from './parse-trust-root.ts';

/** Everything a check of one piece of evidence against one material needs. */
export interface Checking {
  readonly evidence: SignedEvidence;
  readonly content: SignatureContent;
  /** What a log entry must name as its signer: the leaf certificate or the public key, DER. */
  readonly signer: { readonly kind: 'certificate' | 'key'; readonly der: Buffer };
  /** Whose logs and authorities may vouch for log entries and times. */
  readonly trust: ParsedTrustRoot;
  readonly now: Date;
}

/** A time that a log or a timestamp authority vouches for. */
export interface VerifiedTime {
  readonly time: Date;
  /** Which log or authority vouches; several statements of one count once. */
  readonly authority: string;
}

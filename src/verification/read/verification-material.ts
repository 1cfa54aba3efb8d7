import type { Digest } from '../../domain/digest.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/finding.ts';
import type { EvidenceReading } from './parse-evidence.ts';

/** The image that evidence must be about. */
export interface VerificationSubject {
  readonly digest: Digest;
  /**
   * The manifest's bytes: what a message signature signs. Without them only signatures of ECDSA keys over SHA-256 can be
   * checked, which sign the digest alone.
   */
  readonly manifest?: Uint8Array;
}

/** A trust root or a public key, made ready once to check any number of pieces of evidence. */
export interface VerificationMaterial {
  /** `trust:NAME` or `key:KEYID`. */
  readonly id: string;
  /** Checks one piece of evidence completely. Never throws, whatever its bytes. */
  verify(evidence: Evidence, subject: VerificationSubject, now: Date): Finding;
  /** The same for evidence that was read already, so that it is read once for all materials. */
  verifyRead(reading: EvidenceReading, subject: VerificationSubject, now: Date): Finding;
}

import { MAX_EVIDENCE_MIB } from '../domain/evidence.ts';

/**
 * What one piece of evidence may hold. Real evidence stays far below; each limit bounds work that would otherwise grow
 * with what an attacker attaches (a thousand timestamp tokens block the event loop for seconds).
 */
export const LIMITS = {
  /** Bytes of a bundle or layer: the most that may be asked for; as a rule far less is fetched. */
  evidenceBytes: MAX_EVIDENCE_MIB * 1024 * 1024,
  /** In-toto statements and bundles nest about a dozen levels. */
  jsonDepth: 32,
  /** A bill of materials of this size has about 20,000 values a mebibyte. */
  jsonValues: 1_500_000,
  /** Transparency log entries: one is usual, two for thresholds over several logs. */
  logEntries: 4,
  timestamps: 4,
  /** Signatures of one envelope: each may have to be checked with every key and in every way a key signs. */
  signatures: 4,
  /** A certificate with every Fulcio claim takes about 2 KiB. */
  certificateBytes: 16 * 1024,
  chainLength: 8,
  /** A token with three certificates in it takes about 6 KiB. */
  timestampBytes: 16 * 1024,
  /** Values in a certificate or a timestamp: real ones have fewer than 200 and, with a chain in it, 600. */
  derElements: 1000,
  /** A log entry may hold a whole certificate twice, but not the attestation. */
  logBodyBytes: 256 * 1024,
  /** JSON values in a log entry's body: real ones have about twenty. */
  logBodyValues: 1000,
  checkpointBytes: 8 * 1024,
  /** An inclusion proof holds one hash a level, and a tree never has more than 64. */
  proofHashes: 64,
  subjects: 1024,
  digestsPerSubject: 32,
  /** Characters of one subject alternative name. */
  identityLength: 2048,
} as const;

import type { JsonObject } from '../kit/json.ts';
import type { EvidenceAnnouncement, EvidenceRef } from './evidence.ts';

/** Why one piece of evidence did not verify. Each is explained in `docs/reasons.md`. */
export type FindingCode =
  | 'VERIFIED'
  | 'SIGNATURE_INVALID'
  | 'SIGNER_UNVERIFIABLE'
  | 'SIGNER_UNTRUSTED'
  | 'CERTIFICATE_UNSUITABLE'
  | 'KEY_NOT_VALID'
  | 'LOG_PROOF_INVALID'
  | 'LOG_ENTRY_MISMATCH'
  | 'TIMESTAMP_INVALID'
  | 'TIME_UNPROVEN'
  | 'SUBJECT_MISMATCH'
  | 'PAYLOAD_TYPE_WRONG'
  | 'STATEMENT_MALFORMED'
  | 'MATERIAL_MISMATCH'
  | 'EVIDENCE_MALFORMED'
  | 'EVIDENCE_UNSUPPORTED'
  | 'EVIDENCE_OVER_LIMIT'
  | 'EVIDENCE_ABSENT'
  | 'EVIDENCE_UNPROCESSABLE'
  | 'TRUST_ROOT_STALE';

/**
 * What a piece of evidence says it is: read from its bytes before anything was verified, or, where those cannot be read,
 * as it was announced beside them (`EvidenceAnnouncement`).
 */
export type EvidenceClaim =
  | EvidenceAnnouncement
  /** It cannot be read and nothing announced what it is, so it counts as (invalid) evidence of every kind. */
  | { readonly kind: 'unknown' };

/** A name in a certificate's subject alternative name extension (RFC 5280 §4.2.1.6). */
export interface CertificateIdentity {
  readonly kind: 'uri' | 'email' | 'dns' | 'other';
  readonly value: string;
}

/**
 * Claims of a Fulcio certificate, decoded from DER, old and new extensions agreeing. The keys are the extension
 * numbers under 1.3.6.1.4.1.57264.1 by name: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
export interface CertificateClaims {
  readonly issuer?: string;
  readonly workflowTrigger?: string;
  readonly workflowName?: string;
  readonly buildSignerUri?: string;
  readonly buildSignerDigest?: string;
  readonly runnerEnvironment?: string;
  readonly sourceRepositoryUri?: string;
  readonly sourceRepositoryDigest?: string;
  readonly sourceRepositoryRef?: string;
  readonly sourceRepositoryIdentifier?: string;
  readonly sourceRepositoryOwnerUri?: string;
  readonly sourceRepositoryOwnerIdentifier?: string;
  readonly buildConfigUri?: string;
  readonly buildConfigDigest?: string;
  readonly runInvocationUri?: string;
  readonly sourceRepositoryVisibility?: string;
}

/** Who signed, as far as the cryptography says. */
export type VerifiedSigner =
  | {
      readonly kind: 'certificate';
      /** Name of the trust root that vouched for the certificate. */
      readonly trust: string;
      /** Who vouched for its holder; absent where the trust root alone does. */
      readonly issuer?: string;
      /** Every subject alternative name; any may match. At least one. */
      readonly identities: readonly CertificateIdentity[];
      readonly claims: CertificateClaims;
      /** Of the key it certifies, in the form of a bare key's: whoever holds it is one signer under all its names. */
      readonly keyId?: string;
    }
  | {
      readonly kind: 'key';
      /** sha256 over the key's SPKI DER, hex. */
      readonly keyId: string;
    };

/** What verified evidence says. Holds only values read from bytes the signature covers, or from the certificate. */
export interface VerifiedContent {
  readonly signer: VerifiedSigner;
  /** Verified signing times (log or timestamp authority), oldest first, ISO 8601; empty for a key without one. */
  readonly signedAt: readonly string[];
  /** Why a newer trust root might prove a time although `signedAt` is empty, as a sentence. */
  readonly timeOpen?: string;
  /** Why the proofs of time that came with it prove none, as a sentence; only where `signedAt` is empty. */
  readonly timeRefused?: string;
  /** The in-toto statement, for attestations; its subject digest was compared with the image's. */
  readonly statement?: { readonly predicateType: string; readonly predicate: JsonObject };
  /** What the signer noted about the image: `optional` of a simple-signing payload, or the annotations of a subject. */
  readonly annotations?: JsonObject;
}

/** The result of checking one piece of evidence against one verification material. */
export interface Finding {
  readonly evidence: EvidenceRef;
  readonly claim: EvidenceClaim;
  /** The claim is what was announced: the bytes themselves could not be read. */
  readonly claimIsAnnounced?: true;
  /** The verification material it was tried with: `trust:<name>` or `keyMaterialId`. */
  readonly material: string;
  readonly code: FindingCode;
  /** One sentence for a person: what is wrong with it, or that it verified. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** What to do about it, where the code alone does not tell. */
  readonly advice?: string;
  /** The key it was tried with did sign it, whatever else is wrong: nobody else attached it. */
  readonly isSigned?: true;
  /** Present exactly when the code is `VERIFIED`. */
  readonly verified?: VerifiedContent;
}

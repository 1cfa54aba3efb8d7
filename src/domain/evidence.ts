import type { Digest } from './digest.ts';

/** Where in the registry a piece of evidence lay. */
export type EvidencePlace = 'referrer' | 'fallback-tag' | 'signature-tag' | 'attestation-tag' | 'legacy-referrer';

/** Names one piece of evidence, for findings and records. */
export interface EvidenceRef {
  /** Digest of the blob that holds the evidence. */
  readonly digest: Digest;
  readonly place: EvidencePlace;
  /** `host/repository` it lay in, where that is not the image's own: only policies that name it may count it. */
  readonly repository?: string;
}

/** A manifest that is known to hold evidence about an image: it is read by its digest, whatever becomes of its tag. */
export interface KnownEvidence {
  readonly manifest: Digest;
  /** `host/repository`, where that is not the image's own. */
  readonly repository?: string;
  /** It was part of what proved a pass; else it was only announced. */
  readonly counted: boolean;
}

/** What a look has learnt of the evidence about one digest: an image, one in an index, or what a builder put beside it. */
export interface LearntEvidence {
  readonly digest: Digest;
  /**
   * The evidence that proved a pass. Evidence that proved the pass before and is not among it stays known, as merely
   * announced.
   */
  readonly proof: readonly KnownEvidence[];
  /** Evidence that proved a pass before and that the registry says it does not have. */
  readonly lost: readonly KnownEvidence[];
  /**
   * Evidence that counts but to which its tag or list no longer leads; absent if that was not checked, or could not be
   * found out.
   */
  readonly hidden?: readonly HiddenEvidence[];
}

/** A tag or list that belongs to an image and no longer leads to the evidence that proves it. */
export interface HiddenEvidence {
  /** The image, one in it, or what a builder put beside it. */
  readonly about: Digest;
  /** Absent for the list of referrers that the registry keeps itself. */
  readonly tag?: string;
  /** What the tag leads to now; `null`: nothing. */
  readonly now?: Digest | null;
  /** `host/repository`, where that is not the image's own. */
  readonly repository?: string;
}

/** The same, as it is on record. */
export interface RecordedHidden extends HiddenEvidence {
  /** Who did it, by the registry's event; `null` if no event says. */
  readonly by: string | null;
  /** When it was found, ISO 8601. */
  readonly since: string;
}

/**
 * What evidence is said to be where it lies, by media type or annotation: the word of whoever pushed it. It decides
 * what is read first and never what counts. For evidence that cannot be read it is all that is known. A lie there
 * changes nothing but whether an image fails for missing or for invalid evidence.
 */
export type EvidenceAnnouncement =
  | { readonly kind: 'signature' }
  /** Without a type: an attestation of any type. */
  | { readonly kind: 'attestation'; readonly predicateType?: string }
  /** No evidence at all. */
  | { readonly kind: 'artifact'; readonly artifactType: string };

/** Bytes fetched from the registry that might prove something. Hashed, bounded, not yet believed. */
export type Evidence = EvidenceRef & {
  readonly announced?: EvidenceAnnouncement;
  /** It is about a list of statements, and they are what it may prove. */
  readonly vouches?: VouchedStatements;
} & (
    | { readonly kind: 'bundle'; readonly bytes: Uint8Array }
    /** A cosign `.sig` layer: a simple-signing payload with its annotations. */
    | { readonly kind: 'cosign-signature'; readonly bytes: Uint8Array; readonly annotations: Annotations }
    /** A cosign `.att` layer: a DSSE envelope with its annotations. */
    | { readonly kind: 'cosign-attestation'; readonly bytes: Uint8Array; readonly annotations: Annotations }
    /**
     * A piece that was over a limit, unreadable, or named and not there: it counts as invalid, and was not fetched or
     * parsed further.
     */
    | {
        readonly kind: 'refused';
        readonly code: 'EVIDENCE_OVER_LIMIT' | 'EVIDENCE_MALFORMED' | 'EVIDENCE_UNSUPPORTED' | 'EVIDENCE_ABSENT';
        readonly why: string;
      }
  );

/** Unsigned statements, with the manifest that lists them: whoever signs the manifest says what they say. */
export interface VouchedStatements {
  /** Digest of the manifest. */
  readonly by: Digest;
  readonly manifest: Uint8Array;
  readonly statements: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
}

export type Annotations = Readonly<Record<string, string>>;

/**
 * Everything found for one digest. That it exists means that every place answered completely: a registry that did
 * not answer is a `FaultError`, never a shorter list.
 */
export interface EvidenceSet {
  readonly subject: Digest;
  readonly items: readonly Evidence[];
  /** Set if a limit cut the look itself short (too many referrers, too many bytes); absent if all was read. */
  readonly cutShort?: string;
}

/**
 * The most MiB that one piece of evidence may ever take. Bills of materials of large images take up to 32; a thread that
 * reads one needs some ten times as much.
 */
export const MAX_EVIDENCE_MIB = 64;

/** Text that must be equal, or a pattern (RE2, anchored at both ends by us) that must match all of it. */
export type TextMatch =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** A public key a policy names. */
export interface PolicyKey {
  /** sha256 over the SPKI DER, hex. */
  readonly keyId: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** The path as the policy wrote it: what people know the key by. */
  readonly name: string;
  /** Hash the signer uses where the key does not fix it. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
  readonly encoding?: 'der' | 'ieee-p1363';
}

/** Who must have signed. */
export type SignerRule =
  | { readonly kind: 'key'; readonly key: PolicyKey }
  | { readonly kind: 'identity'; readonly trust: string; readonly issuer: TextMatch; readonly subject: TextMatch };

interface RequirementBase {
  readonly name: string;
  /** Any of these may have signed; never empty. */
  readonly of: readonly SignerRule[];
  /** How many different ones of them must have. */
  readonly atLeast: number;
  /** The newest verified signing time may not be older than this. */
  readonly maxAgeMs?: number;
}

/** One thing an image must prove. */
export type Requirement =
  | (RequirementBase & { readonly kind: 'signature' })
  | (RequirementBase & {
      readonly kind: 'provenance';
      readonly source?: { readonly repository: string; readonly ref?: string };
      readonly builder?: string;
    })
  | (RequirementBase & {
      readonly kind: 'attestation';
      readonly predicateType: string;
      /** CEL over `predicate`; must be true. */
      readonly where?: string;
    });

/** A policy document, read and checked. */
export interface ImagePolicy {
  readonly name: string;
  readonly file: string;
  /** Globs over `host/repository`. */
  readonly images: readonly string[];
  readonly graceMs: number;
  readonly onFailure: 'quarantine' | 'alert';
  readonly platforms: 'index' | 'each';
  readonly require: readonly Requirement[];
}

/** All policies in force. */
export interface PolicySet {
  /** sha256 over the meaning of all documents (keys included), hex: equal revision, equal verdicts. */
  readonly revision: string;
  readonly policies: readonly ImagePolicy[];
  readonly noMatch: 'alert' | 'fail' | 'ignore';
}

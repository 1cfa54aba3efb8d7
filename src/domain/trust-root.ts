/** How many independent proofs of each kind a certificate-based signature needs. */
export interface TrustThresholds {
  readonly log: number;
  readonly sct: number;
  readonly time: number;
}

/** A named trust root as it is in use now. */
export interface TrustRoot {
  readonly name: string;
  /** The `trusted_root.json` document, as text. */
  readonly document: string;
  readonly thresholds: TrustThresholds;
  /** An authority of one's own, whose signers bring the certificates between it and them, and may name no issuer. */
  readonly chains?: true;
  /** Why it may lack the newest logs and authorities, as a sentence without its end; absent if it is up to date. */
  readonly stale?: string;
}

/** All trust roots of one moment. */
export interface TrustSnapshot {
  /** Grows whenever any root changes; verdicts are stored under it. */
  readonly epoch: number;
  readonly roots: ReadonlyMap<string, TrustRoot>;
  /** Roots that are configured but may not be used now, by name, each with the reason as a sentence. */
  readonly unavailable?: ReadonlyMap<string, string>;
}

import type { Requirement } from '../../domain/policy.ts';

/** A requirement that all samples satisfy. */
export interface SuggestedRequirement {
  readonly requirement: Requirement;
  /** What is weak about it: what somebody could do who should not, a sentence each. */
  readonly weak: readonly string[];
}

/** A policy that all samples of one repository satisfy. */
export interface SuggestedPolicy {
  readonly name: string;
  /** `host/repository`. */
  readonly image: string;
  /** The types of artifacts that it must cover; absent where all samples are container images. */
  readonly artifacts?: readonly string[];
  /** As they were asked for, with their digests. */
  readonly samples: readonly { readonly name: string; readonly digest: string }[];
  /** None where nothing that verified is common to all samples. */
  readonly requirements: readonly SuggestedRequirement[];
  /** What was found and is not asked for, and why; and what is weak about the whole. A sentence each. */
  readonly notes: readonly string[];
}

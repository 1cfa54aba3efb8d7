/** How many quarantines an hour may see. */
export interface QuarantineLimit {
  readonly perHour: number;
  /** Of the images judged in the hour. */
  readonly share: number;
}

/** The limits of all registries together, and under them those of each registry and of each repository. */
export interface QuarantineLimits extends QuarantineLimit {
  readonly perRegistry: QuarantineLimit;
  readonly perRepository: QuarantineLimit;
}

/** A limit that may hold a quarantine back, from the narrowest on. */
export type LimitedBy = 'repository' | 'registry' | 'all';

/**
 * A share counts from as many judged images on as make it a handful: before that, one bad image among the first ten
 * would already be 10 %, and a small repository would be held for ever. So a share alone never holds the first five.
 */
export const SHARE_SPARES = 5;

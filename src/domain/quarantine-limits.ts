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

/**
 * How many judged images are enough to tell whether one more quarantine would be over the share: with more of them it is
 * not. 0 where the share decides nothing: before it counts, and where the hour's limit is reached.
 */
export function judgedToTell(quarantines: number, { perHour, share }: QuarantineLimit): number {
  if (quarantines < SHARE_SPARES || quarantines >= perHour) return 0;
  return Math.min(Math.floor((quarantines + 1) / share) + 1, Number.MAX_SAFE_INTEGER);
}

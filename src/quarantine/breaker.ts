/** Registry writes of one image in an hour; more of them means that something answers our own writes. */
const WRITES_PER_DIGEST = 3;

/**
 * The share counts only from this many images judged in the hour on: before it, one bad image among the first ten
 * would already be 10 %. 100 is the smallest number of which the default share of 5 % is a handful (five).
 */
const SHARE_FROM_JUDGED = 100;

/** What the breaker looks at; all counts are of the last hour. */
export interface BreakerInput {
  readonly counts: {
    /** Quarantine tags written. */
    readonly quarantines: number;
    /** Distinct images judged. */
    readonly judged: number;
  };
  /** Writes to this image, quarantines and releases. */
  readonly writesOfSubject: number;
  readonly limits: { readonly perHour: number; readonly share: number };
}

/** Why no more is written: to this image, or to any. */
export interface BreakerReason {
  readonly scope: 'image' | 'all';
  readonly sentence: string;
}

/**
 * Decides whether one more quarantine may be written. Returns why not, or `null`. A mass of failing
 * images is more often a wrong policy or a broken trust root than a mass of bad images, and then every write hurts
 * (threats L9, E2). Releases are not asked about: taking our mark off a good image is never held back.
 */
export function decideBreaker({ counts, writesOfSubject, limits }: BreakerInput): BreakerReason | null {
  if (writesOfSubject >= WRITES_PER_DIGEST) {
    return {
      scope: 'image',
      sentence: `This image was written to ${writesOfSubject} times in the last hour (limit ${WRITES_PER_DIGEST}): something seems to answer Lazaret's own writes.`,
    };
  }
  if (counts.quarantines >= limits.perHour) {
    return all(
      // How many it was exactly is not said: the count holds those that are being decided about at this moment, too.
      `The limit of ${limits.perHour} quarantines in an hour is reached: check the policy and the trust roots before letting more through.`,
    );
  }
  const share = (counts.quarantines + 1) / Math.max(counts.judged, 1);
  if (counts.judged >= SHARE_FROM_JUDGED && share > limits.share) {
    return all(
      `With this one, ${counts.quarantines + 1} of the ${counts.judged} images judged in the last hour would be quarantined (limit ${percent(limits.share)}): check the policy and the trust roots before letting more through.`,
    );
  }
  return null;
}

function all(sentence: string): BreakerReason {
  return { scope: 'all', sentence };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

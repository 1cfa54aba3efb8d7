import {
  type LimitedBy,
  type QuarantineLimit,
  type QuarantineLimits,
  SHARE_SPARES,
} from '../domain/quarantine-limits.ts';

/** Registry writes of one image in an hour; more of them means that something answers our own writes. */
const WRITES_PER_DIGEST = 3;

/** What an hour saw in a repository, in a registry, or in all. */
export interface HourCounts {
  /** Quarantine tags written, or being written. */
  readonly quarantines: number;
  /** Images judged, at least as many as it takes to tell whether the share is exceeded (`judgedToTell`). */
  readonly judged: number;
}

/** The same where several repositories share. */
export interface SharedCounts extends HourCounts {
  /** Other repositories that wait for their turn since before this one, each for one image. */
  readonly ahead: number;
  /** The repositories with most of the quarantines, by name. */
  readonly fullest: readonly { readonly name: string; readonly quarantines: number }[];
}

/** What the breaker looks at; all counts are of the last hour and without this image. */
export interface BreakerInput {
  /** A person has looked at what is held, and let it go. */
  readonly resumed: boolean;
  /** Writes to this image, quarantines and releases. */
  readonly writesOfSubject: number;
  readonly repository: HourCounts & {
    readonly name: string;
    /** The limit that holds back others of the repository, which come first; `null` if there are none. */
    readonly behind: LimitedBy | null;
  };
  readonly registry: SharedCounts & { readonly name: string };
  readonly all: SharedCounts;
  readonly limits: QuarantineLimits;
}

/** Why no more is written: to this image, to its repository, its registry, or to any. */
export interface BreakerReason {
  readonly scope: 'image' | LimitedBy;
  readonly sentence: string;
}

const OF_REPOSITORY =
  'What fails there beyond that is tagged as the limit allows, the oldest first; other repositories are not held. Look who pushes to it, and at its policy.';
const ADVICE = 'check the policy and the trust roots; `lazaret quarantine resume` shows what is held, and lets it go.';

/**
 * Decides whether one more quarantine may be written. Returns why not, or `null`. A mass of failing images is more often
 * a wrong policy or a broken trust root than a mass of bad images, and then every write hurts (threats L9, E2). Whoever
 * may push to one repository must not use up what is for all, so each has limits of its own, and the repositories that
 * are held back take their turns: what is left is first for those that wait longer. Releases are not asked about:
 * taking our mark off a good image is never held back. What a person has let go is bounded by the pace of all alone.
 */
export function decideBreaker({
  resumed,
  writesOfSubject,
  repository,
  registry,
  all,
  limits,
}: BreakerInput): BreakerReason | null {
  if (writesOfSubject >= WRITES_PER_DIGEST) {
    return {
      scope: 'image',
      sentence: `This image was written to ${writesOfSubject} times in the last hour (limit ${WRITES_PER_DIGEST}): something seems to answer Lazaret's own writes.`,
    };
  }
  if (resumed) return ofPace(all, limits.perHour);
  return (
    behindOthers({ repository, registry, all }) ??
    ofRepository(repository, limits.perRepository) ??
    ofSeveral('registry', { counts: registry, limit: limits.perRegistry, repository, of: ` of ${registry.name}` }) ??
    ofSeveral('all', { counts: all, limit: limits, repository, of: '' })
  );
}

function ofPace({ quarantines }: SharedCounts, perHour: number): BreakerReason | null {
  if (quarantines < perHour) return null;
  const sentence = `It was let go by a person, and is written as soon as the pace of ${perHour} quarantines in an hour allows it.`;
  return { scope: 'all', sentence };
}

function behindOthers({
  repository,
  registry,
  all,
}: Pick<BreakerInput, 'repository' | 'registry' | 'all'>): BreakerReason | null {
  const { name, behind } = repository;
  if (behind === null) return null;
  const first = `Images of ${name} that failed before this one are still held by a limit of quarantines and come first`;
  if (behind === 'repository') return { scope: behind, sentence: `${first}. ${OF_REPOSITORY}` };
  const { fullest } = behind === 'registry' ? registry : all;
  return { scope: behind, sentence: `${first}: ${ADVICE}${nameFullest(fullest)}` };
}

function ofRepository(
  { name, quarantines, judged }: BreakerInput['repository'],
  limit: QuarantineLimit,
): BreakerReason | null {
  if (quarantines >= limit.perHour) {
    const reached = `The limit of ${limit.perHour} quarantines in an hour in one repository is reached by ${name}`;
    return { scope: 'repository', sentence: `${reached}. ${OF_REPOSITORY}` };
  }
  if (!isOverShare({ quarantines, judged }, limit)) return null;
  const share = `With this one, ${quarantines + 1} of the ${judged} images of ${name} judged in the last hour would be quarantined (limit ${percent(limit.share)})`;
  return { scope: 'repository', sentence: `${share}. ${OF_REPOSITORY}` };
}

interface Shared {
  readonly counts: SharedCounts;
  readonly limit: QuarantineLimit;
  readonly repository: HourCounts;
  /** ` of <registry>`, or nothing. */
  readonly of: string;
}

function ofSeveral(scope: 'registry' | 'all', { counts, limit, repository, of }: Shared): BreakerReason | null {
  const { quarantines, judged, ahead } = counts;
  const fullest = nameFullest(counts.fullest);
  if (quarantines + ahead >= limit.perHour) {
    // How many it was exactly is not said: the count holds those that are being decided about at this moment, too.
    const reached = `The limit of ${limit.perHour} quarantines in an hour is reached${of === '' ? '' : ` by images${of}`}`;
    return { scope, sentence: `${reached}: ${ADVICE}${fullest}` };
  }
  // One repository full of junk must not hold the first image of another by making the share what it is.
  if (repository.quarantines === 0 || !isOverShare(counts, limit)) return null;
  const share = `With this one, ${quarantines + 1} of the ${judged} images${of} judged in the last hour would be quarantined (limit ${percent(limit.share)})`;
  return { scope, sentence: `${share}: ${ADVICE}${fullest}` };
}

function isOverShare({ quarantines, judged }: HourCounts, { share }: QuarantineLimit): boolean {
  return judged >= SHARE_SPARES / share && (quarantines + 1) / judged > share;
}

function nameFullest(fullest: SharedCounts['fullest']): string {
  if (fullest.length === 0) return '';
  return ` Most of them are in ${fullest.map(({ name, quarantines }) => `${name} (${quarantines})`).join(', ')}.`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

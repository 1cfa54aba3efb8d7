import { type Digest, digestHex } from '../../domain/digest.ts';

/** When an image that does not pass is looked at again, counted from the push: most signatures follow within a minute. */
const CHECKS_MS: readonly number[] = [15_000, 60_000, 300_000];
/** After those, and until the grace is over. */
const EVERY_MS = 300_000;

/**
 * The next time to look at an image that does not pass: 15 s, 60 s and 5 min after the push, then every 5 minutes, the last
 * one exactly when the grace ends. `null` when the grace is over: it has failed.
 */
export function nextCheckAt(firstSeenAt: Date, now: Date, graceMs: number): Date | null {
  const elapsedMs = now.getTime() - firstSeenAt.getTime();
  if (elapsedMs >= graceMs) return null;
  const planned = CHECKS_MS.find((ms) => ms > elapsedMs) ?? (Math.floor(elapsedMs / EVERY_MS) + 1) * EVERY_MS;
  return new Date(firstSeenAt.getTime() + Math.min(planned, graceMs));
}

/**
 * Looks that must agree that the registry does not hold what it names, however short the grace, and how far apart they
 * are: a replica that is late knows it seconds later, and who replicates for minutes gives as long a grace.
 */
const GAP_LOOKS = 3;
const GAP_EVERY_MS = 15_000;

/**
 * The next time to look at an image whose verdict rests on a gap, after those that were seen before this look. `null` if
 * it was seen often and long enough. Counted since the last pass, whatever is deleted and pushed again: otherwise whoever
 * pushes could keep it open for ever.
 */
export function gapCheckAt(before: { readonly looks: number; readonly since: Date | null }, now: Date): Date | null {
  const seenMs = now.getTime() - (before.since ?? now).getTime();
  const isSeenEnough = before.looks + 1 >= GAP_LOOKS && seenMs >= (GAP_LOOKS - 1) * GAP_EVERY_MS;
  return isSeenEnough ? null : new Date(now.getTime() + GAP_EVERY_MS);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What fails is looked at again first after as long as most graces are: signatures come in the grace or late. */
const AGAIN_FIRST_MS = 15 * 60_000;

/**
 * When a failing image is looked at again by itself, for registries that announce no signatures: after a time as long as
 * it has been failing, within the first day at least once an hour, then daily, or as often as everything is. By its
 * digest up to a quarter earlier or later, so that images that fail together do not come back together.
 */
export function lookAgainAt(now: Date, again: { failingSince: Date | null; digest: Digest; mostMs: number }): Date {
  const { failingSince, digest, mostMs } = again;
  const failingMs = now.getTime() - (failingSince ?? now).getTime();
  const plannedMs = failingMs >= DAY_MS ? DAY_MS : Math.min(Math.max(failingMs, AGAIN_FIRST_MS), HOUR_MS);
  const gapMs = Math.min(plannedMs, mostMs);
  return new Date(now.getTime() + Math.round(gapMs * (0.75 + spreadOf(digest) / 2)));
}

/**
 * When an image that passes is looked at again: once in each `everyMs`, at the point of it that its digest decides. A
 * hundred thousand that were judged together, or are judged again by new policies, are spread evenly all the same, and
 * nothing puts the next look off.
 */
export function rescanAt(now: Date, { digest, everyMs }: { digest: Digest; everyMs: number }): Date {
  const point = spreadOf(digest) * everyMs;
  const rounds = Math.floor((now.getTime() - point) / everyMs) + 1;
  return new Date(Math.ceil(point + rounds * everyMs));
}

/** A number from 0 to 1 that a digest decides. */
function spreadOf(digest: Digest): number {
  return Number.parseInt(digestHex(digest).slice(0, 8), 16) / 0xffff_ffff;
}

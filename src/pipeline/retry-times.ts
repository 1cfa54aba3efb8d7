import { backOff } from '../kit/back-off.ts';
import { FaultError, type InvalidInputError } from '../kit/errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Looks: the first wait after "could not tell", doubled with each further one. */
const LOOK_FIRST_MS = 5_000;
/** However long a registry has been down: two minutes after it is back, every image must have its verdict. */
const LOOK_MOST_MS = 90_000;
/** Longer than any `Retry-After` that is meant seriously; one of a year would leave the image unjudged for as long. */
const LOOK_ASKED_MOST_MS = 15 * MINUTE_MS;
/** So many looks take six hours. What lasts longer is no outage: a right was taken away, or a repository is broken. */
const LOOK_HOURLY_FROM = 6 * 40;
/** A week of hours. */
const LOOK_DAILY_FROM = LOOK_HOURLY_FROM + 7 * 24;

/** Effects: the first wait, doubled each time, so that the seventh try comes after about ten minutes. */
const EFFECT_FIRST_MS = 5_000;
/** A sink that has been down for long is tried every ten minutes. */
const EFFECT_MOST_MS = 10 * MINUTE_MS;
/** Longer than any `Retry-After` that is meant seriously. */
const EFFECT_ASKED_MOST_MS = DAY_MS;
/** About a week of tries: whoever has not repaired a sink by then will not read the message in it either. */
const EFFECT_MOST_ATTEMPTS = 1_000;

/** The wait of a write for the verdict it depends on: most images have theirs within seconds. */
const VERDICT_FIRST_MS = 5_000;
/** An image may have to be waited for as long as its grace lasts. */
const VERDICT_MOST_MS = 15 * MINUTE_MS;

/** How long a registry write is left that is not to be made now, by what stands against it. */
const HELD_MS = {
  /** It waits for another look at the image, or for a tag that may still appear. */
  soon: MINUTE_MS,
  /** A write that the registry refused is tried again once an hour, as an operator may have allowed it. */
  refused: HOUR_MS,
  /** The image was written too often within the hour: something reacts to our own writes. */
  image: 5 * MINUTE_MS,
  /** The first of a queue is tried again: a limit may let it through at any moment. */
  limited: MINUTE_MS,
  /** The hour's budget of false marks holds it back: until that hour is over, with a minute to spare. */
  falseMark: HOUR_MS + MINUTE_MS,
} as const;

/** When to look again after "could not tell" for the nth time in a row (0 is the first). */
export function retryLookAt(now: Date, failuresBefore: number, retryAfterMs: number | undefined): Date {
  return later(now, Math.max(lookWaitMs(failuresBefore), Math.min(retryAfterMs ?? 0, LOOK_ASKED_MOST_MS)));
}

function lookWaitMs(failuresBefore: number): number {
  if (failuresBefore >= LOOK_DAILY_FROM) return DAY_MS;
  if (failuresBefore >= LOOK_HOURLY_FROM) return HOUR_MS;
  return backOff(LOOK_FIRST_MS, failuresBefore, LOOK_MOST_MS);
}

/** When a failed effect is tried again; `null` if it never should be. `attempts` counts this one. */
export function retryEffectAt(now: Date, attempts: number, error: FaultError | InvalidInputError): Date | null {
  if (!(error instanceof FaultError) || !error.retryable || attempts >= EFFECT_MOST_ATTEMPTS) return null;
  const waitMs = backOff(EFFECT_FIRST_MS, attempts - 1, EFFECT_MOST_MS);
  return later(now, Math.max(waitMs, Math.min(error.retryAfterMs ?? 0, EFFECT_ASKED_MOST_MS)));
}

/** When a write asks again for the verdict it waits for. `attempts` counts this one. */
export function awaitVerdictAt(now: Date, attempts: number): Date {
  return later(now, backOff(VERDICT_FIRST_MS, attempts - 1, VERDICT_MOST_MS));
}

/** When a write that may not be made now is tried again. */
export function heldUntil(now: Date, why: keyof typeof HELD_MS): Date {
  return later(now, HELD_MS[why]);
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}

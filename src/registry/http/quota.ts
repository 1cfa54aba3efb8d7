/** What is left of a number of requests, as a registry tells with its answers. */
export interface Quota {
  readonly remaining: number;
  /** Absent where only the rest is told. */
  readonly limit?: number;
  /** Milliseconds until there is more. */
  readonly resetMs: number;
}

/** Where it is not told when there is more. */
const DEFAULT_RESET_MS = 60_000;
/** A reset later than that is a time of day in seconds, as GitLab and GitHub write it, and no length of time. */
const LONGEST_RESET_S = 1_000_000_000;

/**
 * The quota in an answer's headers: `ratelimit-remaining: 76;w=21600` (Docker Hub), `RateLimit-Remaining` with
 * `RateLimit-Reset` as a time of day (GitLab) or a number of seconds (drafts of the IETF up to 07), the same with `X-`
 * (GitHub), or `RateLimit: "default";r=50;t=30` (draft 08 and later). `undefined` if there is none.
 * https://docs.docker.com/docker-hub/usage/pulls/, https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/,
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function parseQuota(header: (name: string) => string | undefined, now: Date): Quota | undefined {
  const named = (name: string): string | undefined => header(`ratelimit-${name}`) ?? header(`x-ratelimit-${name}`);
  const single = header('ratelimit');
  const remaining = single === undefined ? leading(named('remaining')) : parameter(single, 'r');
  if (remaining === undefined) return undefined;
  const limit = single === undefined ? leading(named('limit')) : parameter(header('ratelimit-policy'), 'q');
  const told = single === undefined ? leading(named('reset')) : parameter(single, 't');
  const seconds = told === undefined ? parameter(named('remaining'), 'w') : sinceNow(told, now);
  const resetMs = seconds === undefined ? DEFAULT_RESET_MS : seconds * 1_000;
  return { remaining, resetMs, ...(limit !== undefined && { limit }) };
}

function leading(value: string | undefined): number | undefined {
  return toNumber(/^\s*(\d{1,15})(?:\s*[;,]|\s*$)/.exec(value ?? '')?.[1]);
}

function parameter(value: string | undefined, name: 'r' | 't' | 'q' | 'w'): number | undefined {
  return toNumber(new RegExp(`;\\s*${name}=(\\d{1,15})`).exec(value ?? '')?.[1]);
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function sinceNow(seconds: number, now: Date): number {
  return seconds < LONGEST_RESET_S ? seconds : Math.max(0, seconds - now.getTime() / 1_000);
}

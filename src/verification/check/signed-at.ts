import type { VerifiedTime } from './checking.ts';

/** Verified times as findings hold them: ISO 8601, oldest first. */
export function signedAt(times: readonly VerifiedTime[]): readonly string[] {
  return times.map(({ time }) => time.toISOString()).sort();
}

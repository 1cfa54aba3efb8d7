import type { Finding, FindingCode } from '../../domain/finding.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';

/** What a log, authority or period newer than the trust root looks like. */
const NEWER_LOOKS_LIKE: ReadonlySet<FindingCode> = new Set([
  'SIGNER_UNTRUSTED',
  'SIGNER_UNVERIFIABLE',
  'LOG_PROOF_INVALID',
  'TIMESTAMP_INVALID',
  'TIME_UNPROVEN',
]);

/**
 * Turns a failure into an open finding where an out-of-date trust root may be the reason: the log or authority that it
 * does not know may be a new one. Evidence that fails for another reason would fail with the newest root too, and
 * evidence that verifies does so with any.
 */
export function openIfStale(finding: Finding, root: TrustAge): Finding {
  const why = whyOpen(finding.code, root);
  if (why === undefined) return finding;
  return { ...finding, code: 'TRUST_ROOT_STALE', message: `${finding.message} ${why}` };
}

/**
 * Why evidence that failed with this code may be good with a newer trust root, as a sentence; `undefined` if it cannot.
 */
export function whyOpen(code: FindingCode, { name, stale }: TrustAge): string | undefined {
  if (stale === undefined || !NEWER_LOOKS_LIKE.has(code)) return undefined;
  return `But that may be new: the trust root "${name}" is out of date (${stale}).`;
}

/** How old a trust root is. */
export type TrustAge = Pick<TrustRoot, 'name' | 'stale'>;

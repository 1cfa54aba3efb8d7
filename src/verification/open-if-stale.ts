import type { Finding, FindingCode } from '../domain/finding.ts';
import type { TrustRoot } from '../domain/trust-root.ts';

/** What a log, authority or period newer than the trust root looks like. */
const NEWER_LOOKS_LIKE: ReadonlySet<FindingCode> = new Set([
  'SIGNER_UNTRUSTED',
  'SIGNER_UNVERIFIABLE',
  'LOG_PROOF_INVALID',
  'TIMESTAMP_INVALID',
  'TIME_UNPROVEN',
]);

/**
 * Leaves open what fails by a trust root that is out of date: the log or authority it does not know may be a new one.
 * What fails for any other reason fails by every root, and what verifies was vouched for.
 */
export function openIfStale(finding: Finding, { name, stale }: Pick<TrustRoot, 'name' | 'stale'>): Finding {
  if (stale === undefined || !NEWER_LOOKS_LIKE.has(finding.code)) return finding;
  const message = `${finding.message} But that may be new: the trust root "${name}" is out of date (${stale}).`;
  return { ...finding, code: 'TRUST_ROOT_STALE', message };
}

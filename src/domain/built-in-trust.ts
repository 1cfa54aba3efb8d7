import type { TrustRoot, TrustThresholds } from './trust-root.ts';

/** The trust root of a signer that names none: the public-good instance of Sigstore. */
export const DEFAULT_TRUST = 'sigstore';

/** Trust roots that are there without being configured, by their names in policies: Sigstore's and GitHub's own. */
export const BUILT_IN_TRUST = [DEFAULT_TRUST, 'github'] as const;

export type BuiltInTrust = (typeof BUILT_IN_TRUST)[number];

export function isBuiltInTrust(name: string): name is BuiltInTrust {
  return BUILT_IN_TRUST.some((known) => known === name);
}

/** What a trust root of this name asks for unless something else is configured. */
export function usualThresholds(name: string): TrustThresholds {
  // GitHub's instance, which signs for private repositories, has a timestamp authority and no public log.
  return name === 'github' ? { log: 0, sct: 0, time: 1 } : { log: 1, sct: 1, time: 1 };
}

/**
 * Whether certificates of a trust root may leave out who vouched for their holder, so that a signer can be named by
 * subject and trust root alone: those of a company's own authority, and those that GitHub's releases are attested with.
 */
export function mayOmitIssuer({ name, chains }: Pick<TrustRoot, 'name' | 'chains'>): boolean {
  return chains === true || name === 'github';
}

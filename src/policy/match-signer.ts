import type { VerifiedSigner } from '../domain/finding.ts';
import type { SignerRule } from '../domain/policy.ts';
import { matchesText } from './match-text.ts';

/** Whether this signer is one the rule allows. Any of a certificate's names may match; trust and issuer always must. */
export function matchesSigner(rule: SignerRule, signer: VerifiedSigner): boolean {
  if (rule.kind === 'key') return signer.kind === 'key' && signer.keyId === rule.key.keyId;
  return (
    signer.kind === 'certificate' &&
    signer.trust === rule.trust &&
    matchesText(rule.issuer, signer.issuer) &&
    signer.identities.some((identity) => matchesText(rule.subject, identity.value))
  );
}

/** Name of the verification material that evidence by this signer must have been checked with. */
export function materialOf(rule: SignerRule): string {
  return rule.kind === 'key' ? `key:${rule.key.keyId}` : `trust:${rule.trust}`;
}

/**
 * Tells signers apart. The trust root is left out on purpose: two certificates of one issuer for one name are one
 * signer, whoever vouched for the certificates.
 */
export function signerId(signer: VerifiedSigner): string {
  if (signer.kind === 'key') return `key:${signer.keyId}`;
  return JSON.stringify([signer.issuer, ...signer.identities.map(({ kind, value }) => `${kind}:${value}`).sort()]);
}

import type { VerifiedSigner } from '../../domain/finding.ts';
import { keyMaterialId, type SignerRule, type TextMatch } from '../../domain/policy.ts';
import { matchesText } from './match-text.ts';

/** Whether this signer is one the rule allows. Any of a certificate's names may match; trust and issuer always must. */
export function matchesSigner(rule: SignerRule, signer: VerifiedSigner): boolean {
  if (rule.kind === 'key') return signer.kind === 'key' && signer.keyId === rule.key.keyId;
  return (
    signer.kind === 'certificate' &&
    signer.trust === rule.trust &&
    matchesIssuer(rule, signer.issuer) &&
    signer.identities.some((identity) => matchesText(rule.subject, identity.value)) &&
    findClaimMismatch(rule, signer) === undefined
  );
}

/**
 * A rule that names an issuer matches only certificates that name it; a rule that names none matches only certificates
 * without one.
 */
export function matchesIssuer({ issuer }: { readonly issuer?: TextMatch }, found: string | undefined): boolean {
  return issuer === undefined || found === undefined ? issuer === found : matchesText(issuer, found);
}

/** The first claim a certificate does not make as the rule wants it. An absent claim matches nothing, not even `.*`. */
export function findClaimMismatch(
  rule: SignerRule,
  signer: VerifiedSigner,
): { readonly claim: string; readonly wanted: TextMatch; readonly found: string | undefined } | undefined {
  if (rule.kind === 'key' || signer.kind === 'key') return undefined;
  const claims = new Map<string, string | undefined>(Object.entries(signer.claims));
  for (const [claim, wanted] of Object.entries(rule.claims ?? {})) {
    const found = claims.get(claim);
    if (wanted !== undefined && (found === undefined || !matchesText(wanted, found))) return { claim, wanted, found };
  }
  return undefined;
}

/** Name of the verification material that evidence by this signer must have been checked with. */
export function materialOf(rule: SignerRule): string {
  return rule.kind === 'key' ? keyMaterialId(rule.key) : `trust:${rule.trust}`;
}

/**
 * The names by which signers are told apart: two that share one are the same signer. The trust root is left out on
 * purpose: two certificates of one issuer for one name are one signer, whoever vouched for the certificates.
 */
export function signerNames(signer: VerifiedSigner): readonly string[] {
  const key = signer.keyId === undefined ? [] : [`key:${signer.keyId}`];
  if (signer.kind === 'key') return key;
  return [...key, ...signer.identities.map(({ kind, value }) => JSON.stringify([signer.issuer, kind, value]))];
}

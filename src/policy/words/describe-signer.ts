import { DEFAULT_TRUST } from '../../domain/built-in-trust.ts';
import type { VerifiedSigner } from '../../domain/finding.ts';
import type { SignerRule } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { matchesIssuer } from '../judge/match-signer.ts';
import { writtenText } from '../judge/match-text.ts';

/** A signer as the policy writes it: a key by its file, an identity by name and issuer. */
export function describeRule(rule: SignerRule): string {
  if (rule.kind === 'key') {
    const logged = rule.key.transparencyLog === 'required' ? ' (in a public log)' : '';
    return `the key ${shortText(rule.key.name)}${logged}`;
  }
  if (rule.issuer === undefined) return vouched(shortText(writtenText(rule.subject)), rule.trust);
  const trust = rule.trust === DEFAULT_TRUST ? '' : `, trust root ${shortText(rule.trust)}`;
  return `${shortText(writtenText(rule.subject))} (vouched for by ${shortText(writtenText(rule.issuer))}${trust})`;
}

/** Any of these signers: "A", "A or B", "A, B or C". */
export function describeRules(rules: readonly SignerRule[]): string {
  return joinWith(rules.map(describeRule), 'or');
}

/**
 * A signer next to the rule it comes nearest to. What both have in common is left out, so that the difference shows:
 * people compare two long addresses here.
 */
export function describeMismatch(
  rule: SignerRule,
  signer: VerifiedSigner,
): { readonly expected: string; readonly found: string } {
  if (rule.kind === 'identity' && signer.kind === 'certificate' && matchesIssuer(rule, signer.issuer)) {
    const found = namesOf(signer);
    const expected = shortText(writtenText(rule.subject));
    if (rule.trust === signer.trust) return { expected, found };
    const by = (trust: string): string => ` (by the trust root ${shortText(trust)})`;
    return { expected: `${expected}${by(rule.trust)}`, found: `${found}${by(signer.trust)}` };
  }
  return { expected: describeRule(rule), found: describeSigner(signer, [rule]) };
}

/** Someone who did sign. A key is named as the policy names it, where it does. */
export function describeSigner(signer: VerifiedSigner, rules: readonly SignerRule[]): string {
  if (signer.kind === 'key') {
    const rule = rules.find((known) => known.kind === 'key' && known.key.keyId === signer.keyId);
    return rule === undefined ? `the key with the id ${signer.keyId.slice(0, 12)}…` : describeRule(rule);
  }
  if (signer.issuer === undefined) return vouched(namesOf(signer), signer.trust);
  return `${namesOf(signer)} (vouched for by ${shortText(signer.issuer)})`;
}

// Where no issuer is named, the authorities of the trust root vouch.
function vouched(name: string, trust: string): string {
  return `${name} (vouched for by the trust root ${shortText(trust)})`;
}

// A certificate may hold many names; three tell who it is.
function namesOf({ identities }: Extract<VerifiedSigner, { kind: 'certificate' }>): string {
  const names = identities.slice(0, 3).map(({ value }) => shortText(value));
  const more = identities.length > 3 ? ` and ${identities.length - 3} more names` : '';
  return `${names.join(', ')}${more}`;
}

/** "A", "A or B", "A, B or C". */
export function joinWith(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

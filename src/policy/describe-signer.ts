import type { VerifiedSigner } from '../domain/finding.ts';
import type { SignerRule } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import { writtenText } from './match-text.ts';

/** A signer as the policy writes it: a key by its file, an identity by name and issuer. */
export function describeRule(rule: SignerRule): string {
  if (rule.kind === 'key') return `the key ${shortText(rule.key.name)}`;
  const trust = rule.trust === 'sigstore' ? '' : `, trust root ${shortText(rule.trust)}`;
  return `${shortText(writtenText(rule.subject))} (vouched for by ${shortText(writtenText(rule.issuer))}${trust})`;
}

/** All signers a requirement allows: "A", "A or B", "A, B or C". */
export function describeRules(rules: readonly SignerRule[]): string {
  return joinWith(rules.map(describeRule), 'or');
}

/** Someone who did sign. A key is named as the policy names it, where it does. */
export function describeSigner(signer: VerifiedSigner, rules: readonly SignerRule[]): string {
  if (signer.kind === 'key') {
    const rule = rules.find((known) => known.kind === 'key' && known.key.keyId === signer.keyId);
    return rule === undefined ? `the key with the id ${signer.keyId.slice(0, 12)}…` : describeRule(rule);
  }
  // A certificate may hold many names; three tell who it is.
  const names = signer.identities.slice(0, 3).map((identity) => shortText(identity.value));
  const more = signer.identities.length > 3 ? ` and ${signer.identities.length - 3} more names` : '';
  return `${names.join(', ')}${more} (vouched for by ${shortText(signer.issuer)})`;
}

/** "A", "A or B", "A, B or C". */
export function joinWith(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

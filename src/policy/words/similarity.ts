import type { VerifiedSigner } from '../../domain/finding.ts';
import type { SignerRule } from '../../domain/policy.ts';
import { matchesIssuer } from '../judge/match-signer.ts';
import { writtenText } from '../judge/match-text.ts';

/**
 * The rule a signer comes nearest to, and how near: 0 (nothing in common) to below 1. Used for messages only, never for
 * a decision.
 */
export interface Similarity {
  readonly rule: SignerRule | undefined;
  readonly score: number;
}

/** Compares a signer who is not allowed with those who are. */
export function similarity(rules: readonly SignerRule[], signer: VerifiedSigner): Similarity {
  let best: Similarity = { rule: undefined, score: 0 };
  for (const rule of rules) {
    const score = scoreOf(rule, signer);
    if (score > best.score) best = { rule, score };
  }
  return best;
}

function scoreOf(rule: SignerRule, signer: VerifiedSigner): number {
  if (rule.kind === 'key' || signer.kind === 'key') return 0;
  const wanted = writtenText(rule.subject);
  const issuer = matchesIssuer(rule, signer.issuer) ? 0.3 : 0;
  const trust = rule.trust === signer.trust ? 0.1 : 0;
  const shares = signer.identities.map(
    ({ value }) => commonPrefix(wanted, value) / (Math.max(wanted.length, value.length) + 1),
  );
  return issuer + trust + 0.5 * Math.max(0, ...shares);
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

import type { ImagePolicy, PolicySet, SignerRule } from '../../domain/policy.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { requirementsOf } from '../../policy/judge/list-materials.ts';

/**
 * Tries the trust roots that policies bring themselves: their parts were read, but only verification knows whether they
 * can be used. Otherwise the mistake would show only at the first image, and leave every verdict open.
 * @throws {InvalidInputError} `POLICY_INVALID` with everything that is wrong
 */
export async function checkPolicyRoots({ policies }: Pick<PolicySet, 'policies'>): Promise<void> {
  // Verification takes 0.2 s to load, and few policies bring roots.
  if (!policies.flatMap(rulesOf).some((rule) => rootOf(rule) !== undefined)) return;
  const tryOut = await loadTryOut();
  const issues = policies.flatMap((policy) => issuesOf(policy, tryOut));
  if (issues.length === 0) return;
  throw new InvalidInputError('POLICY_INVALID', 'a trust root among the policies cannot be used', issues);
}

/** @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
type TryOut = (rule: SignerRule) => void;

async function loadTryOut(): Promise<TryOut> {
  const { createKeyMaterial } = await import('../../verification/check/key-material.ts');
  const { createTrustMaterial } = await import('../../verification/check/trust-material.ts');
  return (rule) => {
    const trust = rootOf(rule);
    if (trust === undefined) return;
    if (rule.kind === 'key') createKeyMaterial(rule.key, { trust });
    else createTrustMaterial(trust);
  };
}

function rulesOf(policy: ImagePolicy): readonly SignerRule[] {
  return requirementsOf(policy).flatMap(({ of }) => of);
}

function rootOf(rule: SignerRule): TrustRoot | undefined {
  return rule.kind === 'key' ? rule.key.trustRoot : rule.trustRoot;
}

function issuesOf(policy: ImagePolicy, tryOut: TryOut): readonly InputIssue[] {
  const issues = new Map<string, InputIssue>();
  for (const rule of rulesOf(policy)) {
    for (const issue of issuesOfRule(rule, policy.file, tryOut)) issues.set(issue.message, issue);
  }
  return [...issues.values()];
}

function issuesOfRule(rule: SignerRule, file: string, tryOut: TryOut): readonly InputIssue[] {
  try {
    tryOut(rule);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.issues.map(({ where, message, hint }) => {
      const words = `the trust root "${rootOf(rule)?.name}" cannot be used: ${where}: ${message}`;
      return { where: file, message: words, ...(hint !== undefined && { hint }) };
    });
  }
}

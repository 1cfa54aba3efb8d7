import type { Digest } from '../domain/digest.ts';
import type { Finding } from '../domain/finding.ts';
import { type ImagePolicy, keyMaterialId, type PolicySet } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import { describeRule } from './describe-signer.ts';
import { judge } from './judge.ts';
import { listEvidenceRepositories } from './list-evidence-repositories.ts';
import { requirementsOf } from './list-materials.ts';
import { matchPolicies } from './match-policies.ts';
import { materialOf } from './match-signer.ts';

/** A subject as it is on record: the newest verdict and the findings behind it. */
export interface JudgedSubject {
  /** `host/repository`. */
  readonly image: string;
  readonly digest: Digest;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** What a subject's verdict would become. */
export type Rejudgement =
  | { readonly kind: 'same'; readonly after: Verdict }
  | { readonly kind: 'flips'; readonly after: Verdict }
  /** What is on record does not tell; `why` completes the sentence "Not known: …". */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Judges a subject anew by other policies, from what is on record: no registry is asked, no signature checked again.
 * Where that does not suffice, it says so: evidence may never have been tried with a key or trust root that only the
 * new policies name, and a look that failed has no findings. `now` is the time ages are counted to.
 */
export function rejudge(subject: JudgedSubject, policies: PolicySet, now: Date): Rejudgement {
  const { verdict, findings, image, digest } = subject;
  if (verdict.outcome === 'indeterminate') return unknown('the last look at it came to no result');
  if (verdict.code === 'CRASHED_REPEATEDLY') return unknown('checking it never came to an end');
  const matching = matchPolicies(policies, image);
  const cutShort = verdict.outcome === 'rejected-input' ? 'as on record' : undefined;
  const after = judge({
    policies: matching,
    noMatch: policies.noMatch,
    image,
    digest,
    findings,
    now,
    ...(cutShort !== undefined && { cutShort }),
  });
  if (after.outcome === 'indeterminate') return unknown('what it turns on could not be checked');
  // A pass needs no more; anything else might become one by what was not tried, or not looked at.
  if (after.outcome !== 'pass') {
    const unseen = findUnseen(matching, findings);
    if (unseen !== undefined) return unknown(`nothing on record comes from ${unseen}, where evidence may lie`);
    const untried = findUntried(matching, findings);
    if (untried !== undefined) return unknown(`its evidence was never tried with ${untried}`);
    if (verdict.code === 'INHERITED') return unknown('it took its verdict over from the index it is part of');
  }
  const isEach = matching.some(({ platforms }) => platforms === 'each');
  // Of an index that failed itself, the images in it were not looked at.
  const mayList = after.outcome === 'pass' && verdict.outcome !== 'pass';
  if (isEach && (mayList || verdict.requirements.some(({ name }) => name.endsWith(')')))) {
    return unknown('a policy judges each of its platforms, and their findings are not on record');
  }
  return { kind: after.outcome === verdict.outcome ? 'same' : 'flips', after };
}

function unknown(why: string): Rejudgement {
  return { kind: 'unknown', why };
}

// Which repositories were looked at is on record only where something was found.
function findUnseen(policies: readonly ImagePolicy[], findings: readonly Finding[]): string | undefined {
  const seen = new Set(findings.map(({ evidence }) => evidence.repository));
  return listEvidenceRepositories(policies).find(({ name }) => !seen.has(name))?.name;
}

// Every piece of evidence was tried with the same materials, so those of the findings are all there were.
function findUntried(policies: readonly ImagePolicy[], findings: readonly Finding[]): string | undefined {
  if (findings.length === 0) return undefined;
  const tried = new Set(findings.map(({ material }) => material));
  const rules = policies.flatMap(requirementsOf).flatMap(({ of }) => of);
  const missing = rules.find((rule) => !tried.has(materialOf(rule)));
  if (missing === undefined) return undefined;
  return missing.kind === 'key' && !tried.has(keyMaterialId(missing.key))
    ? describeRule(missing)
    : `the trust root ${missing.kind === 'identity' ? missing.trust : (missing.key.trust ?? '')}`;
}

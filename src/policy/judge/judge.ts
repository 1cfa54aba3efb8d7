// The room `policy/judge`: from policies and findings to a verdict.

import type { Digest } from '../../domain/digest.ts';
import type { Finding } from '../../domain/finding.ts';
import { evidenceRepositoryName, type ImagePolicy, type PolicySet } from '../../domain/policy.ts';
import type { Outcome, Verdict } from '../../domain/verdict.ts';
import { reasonFor } from '../words/verdict-reason.ts';
import { visibleFindings } from '../words/visible-findings.ts';
import { type EvidenceItem, groupByEvidence } from './evidence-items.ts';
import { type JudgedPolicy, judgePolicy } from './judge-policy.ts';
import { judgeUncovered } from './judge-uncovered.ts';
import { requirementsOf } from './list-materials.ts';
import { searchRequirements } from './other-requirements.ts';

/** What a verdict is made from. */
export interface JudgeInput {
  /** The policies that cover the image (`matchPolicies`). */
  readonly policies: readonly ImagePolicy[];
  readonly noMatch: PolicySet['noMatch'];
  /** `host/repository`. */
  readonly image: string;
  readonly digest: Digest;
  /** All findings about this digest, of every material the policies name. */
  readonly findings: readonly Finding[];
  /** Why the look ended before everything was read (`EvidenceSet.cutShort`). */
  readonly cutShort?: string;
  readonly now: Date;
}

/**
 * Decides: the same findings, policies and time always give the same verdict. The question is whether *some* set of
 * verified evidence satisfies every requirement, so that bad extra evidence never lowers a pass: anybody who may push
 * a referrer could otherwise quarantine a good image.
 *
 * `indeterminate` only where an error of ours or a stale trust root kept evidence from being checked: findings exist only where the registry
 * answered completely.
 */
export function judge(input: JudgeInput): Verdict {
  const { policies, now } = input;
  if (policies.length === 0) return judgeUncovered(input.image, input.noMatch);
  const itemsFor = groupForPolicies(input.findings);
  const othersFor = searchRequirements(policies);
  const judged = policies.map((policy) => {
    // Authorities of policy-controller are alternatives, so the requirements of one are added only while it is judged.
    const own = policy.alternatives === undefined ? requirementsOf(policy) : policy.require;
    return judgePolicy(policy, { items: itemsFor(policy), others: othersFor(policy), own, now });
  });
  const unsatisfied = judged.filter(({ requirements }) => requirements.some(({ state }) => state !== 'satisfied'));
  const decisive = decisivePolicies(unsatisfied);
  const outcome = outcomeOf(decisive, input.cutShort);
  const requirements = judged.flatMap((one) => one.requirements.map(({ result }) => result));
  return {
    outcome,
    ...reasonFor({
      outcome,
      policies,
      decisive: decisive.flatMap((one) => one.requirements),
      cutShort: input.cutShort,
    }),
    policies: policies.map(({ name }) => name),
    onFailure: strictest(unsatisfied.length > 0 ? unsatisfied.map(({ policy }) => policy) : policies),
    requirements,
    graceMs: decisive.some(isDenied) ? 0 : Math.max(0, ...decisive.map(({ policy }) => policy.graceMs)),
  };
}

/** What each policy may see of the evidence, grouped once for all that see the same. */
function groupForPolicies(findings: readonly Finding[]): (policy: ImagePolicy) => readonly EvidenceItem[] {
  const isAllVisible = findings.every(({ evidence }) => evidence.repository === undefined);
  const known = new Map<string, readonly EvidenceItem[]>();
  return (policy) => {
    const repositories = isAllVisible ? '' : JSON.stringify((policy.evidence ?? []).map(evidenceRepositoryName));
    const items = known.get(repositories) ?? groupByEvidence(visibleFindings(policy, findings));
    known.set(repositories, items);
    return items;
  };
}

// A denial stays whatever evidence may still come.
function isDenied({ policy: { alternatives } }: JudgedPolicy): boolean {
  return alternatives?.every(({ denied }) => denied !== undefined) ?? false;
}

// A policy that only alerts must neither quarantine an image nor end or lengthen the grace of one that may.
function decisivePolicies(unsatisfied: readonly JudgedPolicy[]): readonly JudgedPolicy[] {
  const strict = unsatisfied.filter(({ policy }) => policy.onFailure === 'quarantine');
  return strict.length > 0 ? strict : unsatisfied;
}

function outcomeOf(decisive: readonly JudgedPolicy[], cutShort: string | undefined): Outcome {
  if (decisive.length === 0) return 'pass';
  const states = decisive.flatMap(({ requirements }) => requirements.map(({ state }) => state));
  if (states.includes('undecided')) return 'indeterminate';
  if (cutShort !== undefined) return 'rejected-input';
  return states.includes('failed') ? 'fail-evidence' : 'fail-missing';
}

function strictest(policies: readonly ImagePolicy[]): Verdict['onFailure'] {
  return policies.some(({ onFailure }) => onFailure === 'quarantine') ? 'quarantine' : 'alert';
}

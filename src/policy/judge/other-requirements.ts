import type { ImagePolicy, Requirement } from '../../domain/policy.ts';
import type { EvidenceItem } from './evidence-items.ts';
import { requirementsOf } from './list-materials.ts';

/** Whether a piece of evidence was made for a requirement; `question` tells apart the ways to ask it. */
export interface MeantFor {
  readonly question: string;
  isMeant(requirement: Requirement): boolean;
}

/** All that the other policies of an image ask for. */
export interface OtherRequirements {
  /** The first of these requirements for which this piece was made. */
  findFor(item: EvidenceItem, meant: MeantFor): Requirement | undefined;
}

/**
 * Searches what the policies of an image ask for: each piece of evidence once, and not once more for every requirement
 * that it does not satisfy. A thousand policies may cover one image.
 */
export function searchRequirements(policies: readonly ImagePolicy[]): (but: ImagePolicy) => OtherRequirements {
  const known = new Map<EvidenceItem, Map<string, readonly Found[]>>();

  function findTwo(item: EvidenceItem, { question, isMeant }: MeantFor): readonly Found[] {
    const ofItem = known.get(item) ?? new Map<string, readonly Found[]>();
    known.set(item, ofItem);
    const found = ofItem.get(question) ?? firstOfTwo(policies, isMeant);
    ofItem.set(question, found);
    return found;
  }
  return (but) => ({
    findFor: (item, meant) => findTwo(item, meant).find(({ policy }) => policy !== but)?.requirement,
  });
}

interface Found {
  readonly policy: ImagePolicy;
  readonly requirement: Requirement;
}

/** In the first two policies that have one: one of them is another than the policy that is being judged. */
function firstOfTwo(policies: readonly ImagePolicy[], isMeant: MeantFor['isMeant']): readonly Found[] {
  const found: Found[] = [];
  for (const policy of policies) {
    const requirement = requirementsOf(policy).find(isMeant);
    if (requirement !== undefined) found.push({ policy, requirement });
    if (found.length === 2) break;
  }
  return found;
}

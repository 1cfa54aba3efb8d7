import type { EvidenceAnnouncement } from '../../domain/evidence.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import { requirementsOf } from './list-materials.ts';
import { isOfKind } from './other-kind.ts';

/** Tells which announced kinds of evidence these policies ask for. */
export function askedKinds(policies: readonly ImagePolicy[]): (announced: EvidenceAnnouncement) => boolean {
  const requirements = policies.flatMap(requirementsOf);
  return (announced) => requirements.some((requirement) => isOfKind(requirement, announced));
}

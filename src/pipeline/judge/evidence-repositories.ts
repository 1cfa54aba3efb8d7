import type { Digest } from '../../domain/digest.ts';
import type { PolicySet } from '../../domain/policy.ts';
import type { Subject } from '../../domain/subject.ts';
import { namesEvidenceRepository } from '../../policy/judge/list-evidence-repositories.ts';
import { matchPolicies } from '../../policy/judge/match-policies.ts';
import type { ImageCopies } from '../../ports/image-copies.ts';
import type { ConfiguredRegistry, Registries } from '../../ports/registries.ts';
import { registryAt } from '../registry-at.ts';

interface Context {
  readonly registries: Registries;
  readonly policies: () => PolicySet;
}

/**
 * Whether a repository that its registry does not cover is of interest all the same: a policy lets evidence lie in it.
 * What is pushed there is evidence or nothing; images in it are not judged.
 */
export function holdsOnlyEvidence(context: Context, registry: ConfiguredRegistry, repository: string): boolean {
  const { host } = registry;
  if (registry.covers(repository)) return false;
  if (!namesEvidenceRepository(context.policies().policies, `${host}/${repository}`)) return false;
  // Where two entries share a host, an event belongs to the entry by which the repository is read.
  return registryAt(context.registries, { host, repository })?.id === registry.id;
}

interface RecordContext extends Context {
  readonly records: { readonly copies: ImageCopies };
}

/**
 * The images in other repositories that evidence pushed to this one may be about: those with these digests that are
 * covered by a policy which names this repository. Who pushed it chooses the digests, never the repositories.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function subjectsServedFrom(
  context: RecordContext,
  place: { readonly registry: ConfiguredRegistry; readonly repository: string },
  digests: readonly Digest[],
): Promise<readonly Subject[]> {
  const name = `${place.registry.host}/${place.repository}`;
  const policies = context.policies();
  if (!namesEvidenceRepository(policies.policies, name)) return [];
  const known = await context.records.copies.findWithDigest(digests);
  return known.filter(({ registryId, repository }) => {
    const registry = context.registries.get(registryId);
    if (registry === undefined || (registry === place.registry && repository === place.repository)) return false;
    return namesEvidenceRepository(matchPolicies(policies, `${registry.host}/${repository}`), name);
  });
}

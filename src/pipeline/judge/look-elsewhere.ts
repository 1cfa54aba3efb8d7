import type { ImagePolicy } from '../../domain/policy.ts';
import type { EvidenceReader, RepositoryElsewhere } from '../../evidence/evidence-look.ts';
import { FaultError } from '../../kit/errors.ts';
import { listEvidenceRepositories, type NamedRepository } from '../../policy/judge/list-evidence-repositories.ts';

/** The image's own repository, and how others are reached. */
export interface LookingFrom {
  /** `host/repository` of the image. */
  readonly image: string;
  readonly repository: string;
  readonly reader: EvidenceReader;
  /** How a repository that a policy names is read; `undefined` if no registry is configured for it. */
  readonly readerFor?:
    | ((place: Pick<NamedRepository, 'host' | 'repository'>) => EvidenceReader | undefined)
    | undefined;
}

/** Where policies let evidence lie besides the image's own repository. */
export function placesElsewhere(policies: readonly ImagePolicy[], from: LookingFrom): readonly RepositoryElsewhere[] {
  return listEvidenceRepositories(policies).flatMap((place): readonly RepositoryElsewhere[] => {
    const { name, repository, tagPrefixes } = place;
    if (name !== from.image) {
      return [{ name, repository, tagPrefixes, reader: from.readerFor?.(place) ?? unreachable(place) }];
    }
    // The own repository is looked at anyway: only the tags with a prefix are left.
    const others = tagPrefixes.filter((prefix) => prefix !== '');
    return others.length === 0 ? [] : [{ name, repository, tagPrefixes: others, reader: from.reader, isOwn: true }];
  });
}

// If a repository cannot be reached, nobody knows what it holds.
function unreachable({ name, host }: { readonly name: string; readonly host: string }): EvidenceReader {
  const fail = (): Promise<never> =>
    Promise.reject(
      new FaultError('REGISTRY_UNREACHABLE', `no configured registry holds ${name}, where evidence may lie`, {
        retryable: false,
        hint: 'Add its host to `registries`, or take the repository out of the policy.',
      }),
    );
  return { host, readManifest: fail, readBlob: fail, listReferrers: fail };
}

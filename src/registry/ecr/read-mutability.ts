import type { TagRules } from '../probe-capabilities.ts';
import type { EcrApi } from './ecr-api.ts';

/** ECR's most. */
const REPOSITORIES_A_PAGE = 1_000;

/**
 * Whether one of the first thousand repositories that are covered keeps its tags from being moved: with or without
 * exceptions, which are the operator's way to let our tags pass. `null`: none is covered.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html
 * @throws {FaultError} `REGISTRY_*`
 */
export async function readMutability(
  api: EcrApi,
  { registryId, covers }: { readonly registryId: string; readonly covers: (repository: string) => boolean },
  signal?: AbortSignal,
): Promise<TagRules | null> {
  const input = { registryId, maxResults: REPOSITORIES_A_PAGE };
  const answer = await api.call(
    {
      action: 'DescribeRepositories',
      what: 'the rules about tags of its repositories',
      run: (ecr, more) => ecr.describeRepositories(input, more),
    },
    signal,
  );
  const covered = (answer.repositories ?? []).filter(({ repositoryName = '' }) => covers(repositoryName));
  const strict = covered.find(({ imageTagMutability = 'MUTABLE' }) => imageTagMutability.startsWith('IMMUTABLE'));
  if (strict?.repositoryName !== undefined) return { support: 'yes', repository: strict.repositoryName };
  // Of those that were not looked at nothing is said.
  return covered.length === 0 || answer.nextToken !== undefined ? null : { support: 'no' };
}

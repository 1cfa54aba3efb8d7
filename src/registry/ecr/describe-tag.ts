import type { ImageDetail } from '@aws-sdk/client-ecr';
import { FaultError } from '../../kit/errors.ts';
import type { EcrApi } from './ecr-api.ts';

/** What ECR says of the image a tag leads to; `undefined` for its own, definite "not there". @throws {FaultError} */
export async function describeTag(
  { api, registryId }: { readonly api: EcrApi; readonly registryId: string },
  { repository, tag }: { readonly repository: string; readonly tag: string },
  signal?: AbortSignal,
): Promise<ImageDetail | undefined> {
  const what = `${repository}:${tag}`;
  const input = { registryId, repositoryName: repository, imageIds: [{ imageTag: tag }] };
  const answer = await api
    .call({ action: 'DescribeImages', what, repository, run: (ecr, more) => ecr.describeImages(input, more) }, signal)
    .catch(absent);
  return answer?.imageDetails?.[0];
}

/** Turns ECR's definite answer that something is not there into `undefined`. @throws every other error as it is */
export function absent(error: unknown): undefined {
  const code = error instanceof FaultError ? error.remoteCode : undefined;
  if (code === 'ImageNotFoundException' || code === 'RepositoryNotFoundException') return undefined;
  throw error;
}

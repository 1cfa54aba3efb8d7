import { randomUUID } from 'node:crypto';
import type { ECR } from '@aws-sdk/client-ecr';
import { digestOf } from '../../domain/digest.ts';
import { FaultError } from '../../kit/errors.ts';
import type { EcrAction, EcrApi } from './ecr-api.ts';

/** What an identity may do in a registry of ECR, as far as can be seen without changing anything. */
export interface EcrRights {
  /** Whose identity it is: the account that AWS takes it for. */
  readonly account: string | undefined;
  /** The repository in which it was tried; absent where there is none. */
  readonly repository: string | undefined;
  /** Rights by their names in IAM. */
  readonly missing: readonly string[];
}

export interface RightsQuestion {
  readonly registryId: string;
  /** One to try in; absent: the first there is that `covers` takes. */
  readonly repository: string | undefined;
  readonly covers: (repository: string) => boolean;
  /** `write`: what writing and taking off a tag needs. */
  readonly task: 'read' | 'write';
  /** Whether images are locked, which takes a right more. */
  readonly locks?: boolean;
}

/**
 * Tries each right on something that does not exist, or with a request that is always refused: AWS checks rights first.
 * @throws {FaultError} `REGISTRY_*` where not even that can be told.
 */
export async function probeRights(api: EcrApi, question: RightsQuestion, signal?: AbortSignal): Promise<EcrRights> {
  const { registryId, task } = question;
  const missing: string[] = [];
  const attempt = <T>(action: EcrAction, run: (ecr: ECR, options: Options) => Promise<T>): Promise<T | undefined> =>
    api.call({ action, what: `a trial of ecr:${action}`, run }, signal).catch((error: unknown) => {
      if (isDenial(error)) missing.push(`ecr:${action}`);
      else if (!isOfTrial(error)) throw error;
      return undefined;
    });

  const token = await attempt('GetAuthorizationToken', (ecr, more) => ecr.getAuthorizationToken({}, more));
  const endpoint = token?.authorizationData?.[0]?.proxyEndpoint ?? '';
  const account = /^https:\/\/(\d{12})\./.exec(endpoint)?.[1];
  const list = await attempt('DescribeRepositories', (ecr, more) => ecr.describeRepositories({ registryId }, more));
  const names = (list?.repositories ?? []).map(({ repositoryName = '' }) => repositoryName);
  const repository = question.repository ?? names.find(question.covers);
  if (repository === undefined) return { account, repository, missing };

  const place = { registryId, repositoryName: repository };
  const nowhere = { imageIds: [{ imageTag: `lazaret-doctor-${randomUUID()}` }] };
  await attempt('DescribeImages', (ecr, more) => ecr.describeImages({ ...place, maxResults: 1 }, more));
  await attempt('BatchGetImage', (ecr, more) => ecr.batchGetImage({ ...place, ...nowhere }, more));
  if (task === 'read') {
    const layerDigest = digestOf(Buffer.from(randomUUID()));
    const download = { ...place, layerDigest };
    await attempt('GetDownloadUrlForLayer', (ecr, more) => ecr.getDownloadUrlForLayer(download, more));
    await attempt('ListImages', (ecr, more) => ecr.listImages({ ...place, maxResults: 1 }, more));
  } else {
    // This is no image, so nothing is stored even with the right to write.
    const none = { ...place, imageManifest: '{}', imageTag: nowhere.imageIds[0]?.imageTag };
    await attempt('PutImage', (ecr, more) => ecr.putImage(none, more));
    if (question.locks === true) {
      const imageId = { imageDigest: digestOf(Buffer.from(randomUUID())) };
      const archive = { ...place, imageId, targetStorageClass: 'ARCHIVE' as const };
      await attempt('UpdateImageStorageClass', (ecr, more) => ecr.updateImageStorageClass(archive, more));
    }
    await attempt('BatchDeleteImage', (ecr, more) => ecr.batchDeleteImage({ ...place, ...nowhere }, more));
  }
  return { account, repository, missing };
}

type Options = { readonly abortSignal: AbortSignal };

function isDenial(error: unknown): boolean {
  return error instanceof FaultError && error.code === 'REGISTRY_DENIED';
}

/** The errors that such a request gets if the right is there. */
const OF_TRIAL = new Set([
  ...['InvalidParameterException', 'ImageNotFoundException', 'RepositoryNotFoundException'],
  ...['LayersNotFoundException', 'LayerInaccessibleException'],
]);

function isOfTrial(error: unknown): boolean {
  return error instanceof FaultError && error.remoteCode !== undefined && OF_TRIAL.has(error.remoteCode);
}

import type { ImageStatus } from '@aws-sdk/client-ecr';
import type { Digest } from '../../domain/digest.ts';
import { FaultError } from '../../kit/errors.ts';
import type { LockReader, LockWriter } from '../../ports/locks.ts';
import { absent } from './describe-tag.ts';
import type { EcrApi } from './ecr-api.ts';

interface EcrLockOptions {
  readonly api: EcrApi;
  readonly registryId: string;
  readonly host: string;
}

interface Target {
  readonly repository: string;
  readonly digest: Digest;
}

/** AWS says "up to 20 minutes" for an image that is restored; it is asked again so often. */
const RESTORING_MS = 2 * 60_000;

/**
 * Creates what sees locks in a registry of ECR: nobody can pull an archived image, and it is there all the same.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html
 */
export function createEcrLockReader(options: EcrLockOptions): LockReader {
  return {
    async read(repository, digest, signal) {
      const status = await readStatus(options, { repository, digest }, signal);
      if (status === undefined) return 'gone';
      // One that is being restored cannot be pulled yet.
      return status === 'ACTIVE' ? 'open' : 'locked';
    },
  };
}

/**
 * Creates what locks images there, by archiving them. An image is open when it can be pulled again: until then opening it
 * is a fault that goes away by itself.
 */
export function createEcrLockWriter(options: EcrLockOptions): LockWriter {
  const { host } = options;
  return {
    async lock(repository, digest, signal) {
      const target = { repository, digest };
      const before = await readStatus(options, target, signal);
      if (before === undefined) return 'gone';
      if (before === 'ARCHIVED') return 'locked';
      if (!(await move(options, target, 'ARCHIVE', signal))) return 'gone';
      // A lock is believed when it is seen: nobody is told of one that is not there.
      const after = await readStatus(options, target, signal);
      if (after === 'ARCHIVED') return 'locked';
      if (after === undefined) return 'gone';
      throw new FaultError('REGISTRY_ERROR', `${host} was told to archive ${repository}@${digest} and has not`, {
        retryable: true,
      });
    },
    async unlock(repository, digest, signal) {
      const target = { repository, digest };
      const before = await readStatus(options, target, signal);
      if (before === undefined) return 'gone';
      if (before === 'ACTIVE') return 'open';
      if (before === 'ARCHIVED' && !(await move(options, target, 'STANDARD', signal))) return 'gone';
      const after = await readStatus(options, target, signal);
      if (after === undefined) return 'gone';
      if (after === 'ACTIVE') return 'open';
      throw new FaultError(
        'REGISTRY_ERROR',
        `${host} is restoring ${repository}@${digest}, which takes up to 20 minutes`,
        {
          retryable: true,
          retryAfterMs: RESTORING_MS,
        },
      );
    },
  };
}

/** `undefined` for ECR's own, definite "not there". Unless all are asked for, archived images are not told of. */
async function readStatus(
  { api, registryId, host }: EcrLockOptions,
  { repository, digest }: Target,
  signal?: AbortSignal,
): Promise<ImageStatus | undefined> {
  const what = `the status of ${repository}@${digest}`;
  const imageIds = [{ imageDigest: digest }];
  const input = { registryId, repositoryName: repository, imageIds, filter: { imageStatus: 'ANY' as const } };
  const answer = await api
    .call({ action: 'DescribeImages', what, repository, run: (ecr, more) => ecr.describeImages(input, more) }, signal)
    .catch(absent);
  const [detail] = answer?.imageDetails ?? [];
  if (detail === undefined) return undefined;
  if (detail.imageStatus !== undefined) return detail.imageStatus;
  throw new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got none`, { retryable: false });
}

/** Whether the image is there. */
async function move(
  { api, registryId }: EcrLockOptions,
  { repository, digest }: Target,
  targetStorageClass: 'ARCHIVE' | 'STANDARD',
  signal?: AbortSignal,
): Promise<boolean> {
  const what = `${targetStorageClass === 'ARCHIVE' ? 'archiving' : 'restoring'} ${repository}@${digest}`;
  const input = { registryId, repositoryName: repository, imageId: { imageDigest: digest }, targetStorageClass };
  const answer = await api
    .call(
      {
        action: 'UpdateImageStorageClass',
        what,
        repository,
        run: (ecr, more) => ecr.updateImageStorageClass(input, more),
      },
      signal,
    )
    .catch(absent);
  return answer !== undefined;
}

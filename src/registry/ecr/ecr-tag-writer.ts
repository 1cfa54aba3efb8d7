import { FaultError } from '../../kit/errors.ts';
import type { TagWriter } from '../../ports/tag-writer.ts';
import { describeTag } from './describe-tag.ts';
import type { EcrApi } from './ecr-api.ts';

export interface EcrWriterOptions {
  readonly api: EcrApi;
  readonly registryId: string;
  readonly host: string;
  /** Layers and configurations are uploaded by the distribution API. */
  readonly putBlob: TagWriter['putBlob'];
}

type ManifestBytes = Parameters<TagWriter['putTag']>[2];

/**
 * Creates the writer of tags in one registry of ECR. It deletes tags only, and never the last of an image: with it ECR
 * deletes the image.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html, …/API_BatchDeleteImage.html
 */
export function createEcrTagWriter(options: EcrWriterOptions): TagWriter {
  return {
    putTag: (repository, tag, manifest, signal) => putTag(options, { repository, tag }, manifest, signal),
    putBlob: options.putBlob,
    deleteTag: (repository, tag, signal) => deleteTag(options, { repository, tag }, signal),
  };
}

interface Name {
  readonly repository: string;
  readonly tag: string;
}

async function putTag(
  options: EcrWriterOptions,
  { repository, tag }: Name,
  manifest: ManifestBytes,
  signal?: AbortSignal,
): Promise<void> {
  const { api, registryId, host } = options;
  const what = `writing the tag ${tag} in ${repository}`;
  const imageManifest = textOf(manifest, `${host}: ${what}`);
  const image = { registryId, repositoryName: repository, imageTag: tag, imageManifest };
  // With the digest ECR refuses to store anything but these bytes.
  const input = { ...image, imageManifestMediaType: manifest.mediaType, imageDigest: manifest.digest };
  const end = await api
    .call({ action: 'PutImage', what, repository, run: (ecr, more) => ecr.putImage(input, more) }, signal)
    .catch((error: unknown) => existing(error, tag, host));
  if (!(end instanceof FaultError)) return;
  // That it is there already is what was wanted, unless it is another image of that name.
  const there = await describeTag(options, { repository, tag }, signal);
  if (there?.imageDigest !== manifest.digest) throw end;
}

/** The fault of a tag that is there already; every other error is thrown on. */
function existing(error: unknown, tag: string, host: string): FaultError {
  const remoteCode = error instanceof FaultError ? error.remoteCode : undefined;
  switch (remoteCode) {
    case 'ImageAlreadyExistsException':
    case 'ImageTagAlreadyExistsException':
      return refused(error, immutable(tag));
    case 'LimitExceededException':
      throw refused(error, 'An image has at most 1,000 tags: delete some of it, or have the quota raised.');
    case 'LayersNotFoundException':
    case 'ReferencedImagesNotFoundException':
      throw refused(error, 'Parts of the image are gone: a lifecycle rule may have taken them. Push it again.');
    case 'ImageDigestDoesNotMatchException':
      throw new FaultError('DIGEST_MISMATCH', `${host} found other bytes than it was sent`, {
        retryable: true,
        cause: error,
      });
    default:
      throw error;
  }
}

/** The way out, with a filter for all tags of the shape of this one. */
function immutable(tag: string): string {
  const filter = tag.replace(/[0-9a-f]{8,}/, '*');
  return `That name is another image's and tags are immutable there. Let the repository exclude those of Lazaret: aws ecr put-image-tag-mutability --repository-name NAME --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter='${filter}'`;
}

function refused(error: unknown, hint: string): FaultError {
  const message = error instanceof FaultError ? error.message : 'the registry refused';
  const remoteCode = error instanceof FaultError ? error.remoteCode : undefined;
  const details = { retryable: false, cause: error, hint, ...(remoteCode !== undefined && { remoteCode }) };
  return new FaultError('TAG_WRITE_REFUSED', message, details);
}

/** PutImage takes text: bytes that are no UTF-8 would be stored as others. */
function textOf({ bytes, digest }: ManifestBytes, where: string): string {
  const text = Buffer.from(bytes).toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  throw new FaultError('TAG_WRITE_REFUSED', `${where}: the manifest ${digest} is not UTF-8, which ECR cannot be sent`, {
    retryable: false,
  });
}

async function deleteTag(
  options: EcrWriterOptions,
  name: Name,
  signal?: AbortSignal,
): Promise<'deleted' | 'absent' | 'refused'> {
  const { api, registryId, host } = options;
  const { repository, tag } = name;
  const there = await describeTag(options, name, signal);
  if (there === undefined) return 'absent';
  // Between this look and the deletion somebody may take the other tags away: that is left to chance, and needs the same
  // right as deleting the image.
  if (!(there.imageTags ?? []).some((other) => other !== tag)) return 'refused';
  const what = `deleting the tag ${tag} in ${repository}`;
  const input = { registryId, repositoryName: repository, imageIds: [{ imageTag: tag }] };
  const answer = await api
    .call(
      { action: 'BatchDeleteImage', what, repository, run: (ecr, more) => ecr.batchDeleteImage(input, more) },
      signal,
    )
    .catch(notAllowed);
  if (answer === 'refused') return 'refused';
  // It never throws for what it did not delete.
  const failure = answer.failures?.[0]?.failureCode;
  if (failure === undefined) return 'deleted';
  if (failure === 'ImageNotFound') return 'absent';
  throw new FaultError('REGISTRY_ERROR', `${host} answered ${failure} for ${what}`, {
    retryable: false,
    remoteCode: failure,
  });
}

/** Whoever may write need not be allowed to delete. */
function notAllowed(error: unknown): 'refused' {
  if (error instanceof FaultError && error.code === 'REGISTRY_DENIED') return 'refused';
  throw error;
}

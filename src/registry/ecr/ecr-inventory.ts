import type { ImageDetail } from '@aws-sdk/client-ecr';
import { parseDigest } from '../../domain/digest.ts';
import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import type { InventoryPage, ListedTag, RegistryInventory } from '../../ports/registry-inventory.ts';
import { absent, describeTag } from './describe-tag.ts';
import type { EcrApi } from './ecr-api.ts';

/** ECR's most. */
const REPOSITORIES_A_PAGE = 1_000;
/** A page of images with all their tags, a thousand each at most, must have room in one answer. */
const IMAGES_A_PAGE = 100;

/**
 * Creates the inventory of one registry of ECR: digests, tags and push times, a hundred images a request. Archived
 * images are left out, though ECR lists them: nobody can pull them; one that is restored is listed again.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
 */
export function createEcrInventory(options: { readonly api: EcrApi; readonly registryId: string }): RegistryInventory {
  const { api, registryId } = options;
  return {
    way: 'ecr',
    tellsDigests: true,

    async listRepositories(from, signal) {
      const input = { registryId, maxResults: REPOSITORIES_A_PAGE, ...(from !== undefined && { nextToken: from }) };
      const action = 'DescribeRepositories';
      const answer = await api.call(
        { action, what: 'its repositories', run: (ecr, more) => ecr.describeRepositories(input, more) },
        signal,
      );
      const names = (answer.repositories ?? []).map(({ repositoryName }) => repositoryName ?? '');
      return page(names.filter(isRepositoryName), answer.nextToken);
    },

    async listTags(repository, from, signal) {
      const input = {
        registryId,
        repositoryName: repository,
        maxResults: IMAGES_A_PAGE,
        filter: { tagStatus: 'TAGGED', imageStatus: 'ACTIVE' } as const,
        ...(from !== undefined && { nextToken: from }),
      };
      const what = `the images of ${repository}`;
      const answer = await api
        .call(
          { action: 'DescribeImages', what, repository, run: (ecr, more) => ecr.describeImages(input, more) },
          signal,
        )
        .catch(absent);
      if (answer === undefined) return null;
      return page((answer.imageDetails ?? []).filter(isPullable).flatMap(tagsOf), answer.nextToken);
    },

    async resolveTag(repository, tag, signal) {
      const image = await describeTag(options, { repository, tag }, signal);
      return (image !== undefined && isPullable(image) ? parseDigest(image.imageDigest) : undefined) ?? null;
    },
  };
}

function page<Entry>(entries: readonly Entry[], next: string | undefined): InventoryPage<Entry> {
  return { entries, ...(next !== undefined && next !== '' && { next }) };
}

function isPullable({ imageStatus }: ImageDetail): boolean {
  return imageStatus === undefined || imageStatus === 'ACTIVE';
}

function tagsOf({ imageTags = [], imageDigest, imagePushedAt }: ImageDetail): ListedTag[] {
  const digest = parseDigest(imageDigest);
  const image = {
    ...(digest !== undefined && { digest }),
    ...(imagePushedAt !== undefined && { pushedAt: imagePushedAt }),
  };
  return imageTags.filter(isTagName).map((tag) => ({ tag, ...image }));
}

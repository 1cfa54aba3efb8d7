import type { ImageDetail } from '@aws-sdk/client-ecr';
import { parseDigest } from '../../domain/digest.ts';
import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import { shortText } from '../../kit/short-text.ts';
import type { InventoryPage, ListedTag, RegistryInventory } from '../../ports/registry-inventory.ts';
import { absent, describeTag } from './describe-tag.ts';
import type { EcrApi } from './ecr-api.ts';
import { readTokenPage } from './read-token-page.ts';

/** ECR's most. */
const REPOSITORIES_A_PAGE = 1_000;
/** A page of images with all their tags, a thousand each at most, must have room in one answer. */
const IMAGES_A_PAGE = 100;

export interface EcrInventoryOptions {
  readonly api: EcrApi;
  readonly registryId: string;
  readonly host: string;
}

/**
 * Creates the inventory of one registry of ECR: digests, tags and push times, a hundred images a request. Archived
 * images are left out, though ECR lists them: nobody can pull them; one that is restored is listed again.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
 */
export function createEcrInventory(options: EcrInventoryOptions): RegistryInventory {
  const { api, registryId, host } = options;
  return {
    way: 'ecr',
    tellsDigests: true,

    listRepositories: (from, signal) => {
      const [action, what] = ['DescribeRepositories', 'its repositories'] as const;
      return readTokenPage({ host, what, from }, async (nextToken) => {
        const input = { registryId, maxResults: REPOSITORIES_A_PAGE, ...nextToken };
        const answer = await api.call(
          { action, what, run: (ecr, more) => ecr.describeRepositories(input, more) },
          signal,
        );
        const names = (answer.repositories ?? []).map(({ repositoryName }) => repositoryName ?? '');
        return { page: named(names, isRepositoryName, (name) => name, what), next: answer.nextToken };
      });
    },

    listTags: (repository, from, signal) => {
      const [action, what] = ['DescribeImages', `the images of ${repository}`] as const;
      const filter = { tagStatus: 'TAGGED', imageStatus: 'ACTIVE' } as const;
      return readTokenPage({ host, what, from }, async (nextToken) => {
        const input = { registryId, repositoryName: repository, maxResults: IMAGES_A_PAGE, filter, ...nextToken };
        const answer = await api.call(
          { action, what, repository, run: (ecr, more) => ecr.describeImages(input, more) },
          signal,
        );
        const tags = (answer.imageDetails ?? []).filter(isPullable).flatMap(tagsOf);
        return { page: named(tags, isTagName, ({ tag }) => tag, what), next: answer.nextToken };
      }).catch((error: unknown) => absent(error) ?? null);
    },

    async resolveTag(repository, tag, signal) {
      const image = await describeTag(options, { repository, tag }, signal);
      return (image !== undefined && isPullable(image) ? parseDigest(image.imageDigest) : undefined) ?? null;
    },
  };
}

function isPullable({ imageStatus }: ImageDetail): boolean {
  return imageStatus === undefined || imageStatus === 'ACTIVE';
}

function tagsOf({ imageTags = [], imageDigest, imagePushedAt: pushedAt }: ImageDetail): ListedTag[] {
  const digest = parseDigest(imageDigest);
  return imageTags.map((tag) => ({ tag, ...(digest && { digest }), ...(pushedAt && { pushedAt }) }));
}

/** Leaves out what has no name, and says so. */
function named<Entry>(
  all: readonly Entry[],
  isName: (name: string) => boolean,
  nameOf: (entry: Entry) => string,
  what: string,
): InventoryPage<Entry> {
  const entries = all.filter((entry) => isName(nameOf(entry)));
  if (entries.length === all.length) return { entries };
  const odd = all.map(nameOf).filter((name) => !isName(name));
  const shown = odd
    .slice(0, ODD_SHOWN)
    .map((name) => shortText(name))
    .join(', ');
  return { entries, notTold: [`${what}: not looked at, because they are no names: ${shown}`] };
}

const ODD_SHOWN = 5;

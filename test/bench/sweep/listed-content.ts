import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { IMAGE_CONFIG, LAYER_TAR_GZIP } from '../../support/push-image.ts';

/** How much lies in a registry. */
export interface Size {
  readonly repositories: number;
  readonly tagsEach: number;
}

/** Images under the tags of each repository: what they cost to judge is measured elsewhere, so they are few. */
export const IMAGES_EACH = 4;

/** Media types are compared by nobody here, contents by their digests: the same few lie in every repository. */
export const CONFIG = Buffer.from(
  JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
);

export const MANIFESTS: readonly Buffer[] = Array.from({ length: IMAGES_EACH }, (_, index) => {
  const config = { mediaType: IMAGE_CONFIG, digest: digestOf(CONFIG), size: CONFIG.length };
  const layer = { mediaType: LAYER_TAR_GZIP, digest: digestOf(Buffer.from(`layer ${index}`)), size: 7 };
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }));
});

const DIGESTS = MANIFESTS.map((bytes) => digestOf(bytes));

/** What a registry of this size holds, computed and not kept. */
export function listContent({ repositories, tagsEach }: Size) {
  const tags = Array.from({ length: tagsEach }, (_, index) => `v${index}`);
  const digests = new Map(tags.map((tag, index): [string, Digest] => [tag, digestAt(index)]));
  return {
    // In the order of their letters, as catalogues are.
    names: Array.from({ length: repositories }, (_, index) => `acme/app-${String(index).padStart(6, '0')}`),
    tags: tags.toSorted(),
    /** Where a tag leads, the same in every repository. */
    digestOf: (tag: string): Digest | undefined => digests.get(tag),
  };
}

export type Content = ReturnType<typeof listContent>;

function digestAt(index: number): Digest {
  const digest = DIGESTS[index % IMAGES_EACH];
  if (digest === undefined) throw new TypeError('there are as many digests as manifests');
  return digest;
}

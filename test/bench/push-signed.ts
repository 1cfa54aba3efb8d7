import { pushImage, pushReferrer } from '../support/push-image.ts';
import type { SigstoreWorld } from '../support/sigstore-world.ts';
import type { Announced } from './deliver.ts';

/** Pushes new images, each with one keyless bundle (or more) of the public instance's shape: what a cold verdict needs. */
export async function pushSigned(
  url: string,
  sigstore: SigstoreWorld,
  {
    repository,
    count,
    bundles = 1,
  }: { readonly repository: string; readonly count: number; readonly bundles?: number },
): Promise<readonly Announced[]> {
  const images: Announced[] = [];
  for (let index = 0; index < count; index += 1) {
    const image = await pushImage(url, repository, `v${index}`);
    for (let bundle = 0; bundle < bundles; bundle += 1) {
      const provenance = sigstore.attestProvenance({ digest: image.digest, identity: sigstore.mintGithub() });
      await pushReferrer(url, repository, image, provenance);
    }
    images.push({ repository, digest: image.digest });
  }
  return images;
}

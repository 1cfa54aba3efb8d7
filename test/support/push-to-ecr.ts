import type { Pushed } from './oci-push.ts';
import { pushImage } from './push-image.ts';
import type { Ecr } from './servers/ecr.ts';

/** Pushes a small image of its own under each of these tags. */
export async function pushToEcr(ecr: Ecr, repository: string, ...tags: readonly string[]): Promise<Pushed> {
  const image = await pushImage(ecr.content, repository, null);
  for (const tag of tags) await ecr.push(repository, tag, image.manifest, image.mediaType);
  return image;
}

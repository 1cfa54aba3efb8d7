import { listTags, type Pushed } from '../support/oci-push.ts';
import { pushImage } from '../support/push-image.ts';

/** An image of the demo as it lies in the registry before Lazaret has seen it. */
export interface PushedDemoImage {
  readonly pushed: Pushed;
  readonly tagsBefore: readonly string[];
}

const TAG = '1.0';

export async function pushDemoImage(registryUrl: string, repository: string): Promise<PushedDemoImage> {
  const pushed = await pushImage(registryUrl, repository, TAG);
  return { pushed, tagsBefore: await listTags(registryUrl, repository) };
}

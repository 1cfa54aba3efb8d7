import type { Digest } from '../../../src/domain/digest.ts';
import type { Pushed } from '../../support/oci-push.ts';
import { pushImage } from '../../support/push-image.ts';
import { type AnnouncedPush, type EvidenceKind, provenanceFor, pushEvidence } from './evidence.ts';
import type { World } from './start-world.ts';

export interface PushedImage extends Pushed {
  readonly repository: string;
  readonly digest: Digest;
}

/** Pushes a new image and sees to it that the daemon is told. */
export async function push(world: World, repository: string, tag = 'v1'): Promise<PushedImage> {
  const pushed = await pushImage(world.registry.target, repository, tag);
  await announce(world, repository, tag, pushed);
  return { ...pushed, repository };
}

/**
 * Pushes an image that carries its evidence when it is announced, as a pipeline that signs by digest first does.
 * `quietly`: the evidence is not announced by itself, so that the image is asked for exactly once.
 */
export async function pushSigned(
  world: World,
  repository: string,
  kind: EvidenceKind,
  how: 'announced' | 'quietly' = 'announced',
): Promise<PushedImage> {
  const content = `${repository} ${kind}`;
  const image = { ...(await pushImage(world.registry.target, repository, null, { content })), repository };
  if (how === 'announced') await sign(world, image, kind);
  else await attest(world, image, kind);
  const tagged = await pushImage(world.registry.target, repository, 'v1', { content });
  await announce(world, repository, 'v1', tagged);
  return image;
}

/** Attests to an image that is there, and sees to it that the daemon is told. */
export async function sign(world: World, image: PushedImage, kind: EvidenceKind): Promise<void> {
  for (const { pushed, tag } of await attest(world, image, kind)) {
    await announce(world, image.repository, tag, pushed);
  }
}

async function attest(world: World, image: PushedImage, kind: EvidenceKind): Promise<readonly AnnouncedPush[]> {
  const bundle = provenanceFor(image, kind, world.sigstore);
  const { target, hasReferrers } = world.registry;
  return pushEvidence(target, image.repository, image, bundle, hasReferrers);
}

/** Tells the daemon of a push, unless the registry has done it. */
export async function announce(world: World, repository: string, tag: string | null, pushed: Pushed): Promise<void> {
  if (world.announcesItself) return;
  await world.announcer.announce({ host: world.registry.host, repository, tag, pushed });
}

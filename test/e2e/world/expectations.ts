import { expect } from 'vitest';
import { pullDigest, pullManifest } from '../../support/oci-push.ts';
import { mailsAbout, marksIn, markTagOf, markWrites, slackAbout } from './look.ts';
import type { PushedImage } from './push.ts';
import type { World } from './start-world.ts';

/** No mark, no attempt at one, no message. */
export async function expectUntouched(world: World, image: PushedImage): Promise<void> {
  expect(await marksIn(world, image.repository)).toEqual([]);
  expect(markWrites(world, image.repository)).toBe(0);
  expect(slackAbout(world, image.digest)).toEqual([]);
  expect(mailsAbout(world, image.digest)).toEqual([]);
}

/** One mark on its own digest, written once. */
export async function expectMarked(world: World, { repository, digest }: PushedImage): Promise<void> {
  expect(await marksIn(world, repository)).toEqual([markTagOf(digest)]);
  expect(await pullDigest(world.registry.target, repository, markTagOf(digest))).toBe(digest);
  expect(markWrites(world, repository)).toBe(1);
}

/** One mark on its own digest, one message in each sink. */
export async function expectQuarantined(world: World, image: PushedImage): Promise<void> {
  const { digest } = image;
  await expectMarked(world, image);
  expect(slackAbout(world, digest)).toHaveLength(1);
  expect(mailsAbout(world, digest)).toHaveLength(1);
}

/** Our tag is gone, or points to the artifact that says so where the registry does not delete tags. */
export async function expectReleased(world: World, { repository, digest }: PushedImage): Promise<void> {
  if (world.registry.deletesTags) {
    expect(await marksIn(world, repository)).toEqual([]);
    return;
  }
  const manifest = await pullManifest(world.registry.target, repository, markTagOf(digest));
  expect(JSON.parse(manifest?.toString() ?? '{}')).toMatchObject({
    artifactType: 'application/vnd.lazaret.released.v1+json',
    annotations: { 'dev.lazaret.released.digest': digest },
  });
  expect(mailsAbout(world, digest)[1]?.text).toMatch(/does not delete|cannot delete|refuses/i);
}

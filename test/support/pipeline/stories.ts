import { expect } from 'vitest';
import { type Digest, digestHex } from '../../../src/domain/digest.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { putBundle, putImage, putIndex, REPOSITORY } from '../memory-artifacts.ts';
import type { StoredManifest } from '../memory-registry.ts';
import { NAMESAKE_BLOBS, NAMESAKES } from '../namesakes.ts';
import { createKeyPair, createSigstoreWorld } from '../sigstore-world.ts';
import type { PipelineWorld } from './pipeline-world.ts';
import type { Driver } from './run-to-quiet.ts';

const SIGSTORE = createSigstoreWorld();
export const ALICE = createKeyPair();
export const MALLORY = createKeyPair();

/** How an image must end. */
export interface Ending {
  readonly name: string;
  readonly digest: Digest;
  /** `passed`: never touched. `quarantined`, `released`: written to, and people were told. */
  readonly end: 'passed' | 'quarantined' | 'released';
}

/** Something that happens to a registry, and how it must end whatever goes wrong on the way. */
export interface Story {
  readonly name: string;
  /** The sweep of crash points has a file for each, as they take long. */
  readonly about: 'images' | 'releases' | 'marks' | 'indexes' | 'labels' | 'locks';
  /** One, where the story is long: two sinks differ in nothing. */
  readonly sinkIds?: readonly string[];
  /** Template of our tag, where the default will not do. */
  readonly tag?: string;
  /** How images are marked, if not by a tag. */
  readonly mode?: 'label' | 'lock';
  tell(world: PipelineWorld, driver: Driver): Promise<readonly Ending[]>;
}

export function pushOf(pushed: StoredManifest, tag: string | null = null): RegistryEvent {
  return {
    kind: 'push',
    reason: null,
    host: 'registry.example.com',
    repository: REPOSITORY,
    tag,
    digest: pushed.digest,
    mediaType: pushed.mediaType,
    actor: 'ci',
    time: null,
    eventId: null,
  };
}

export function sign(
  world: PipelineWorld,
  image: StoredManifest,
  key = ALICE,
  repository = REPOSITORY,
): StoredManifest {
  const bundle = SIGSTORE.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
  return putBundle(world.registry, image, bundle, { repository });
}

function expectTold(world: PipelineWorld, { digest }: StoredManifest): void {
  const told = world.sent.filter(({ announcement }) => announcement.kind === 'false-mark');
  expect(told.length, 'P4: told of the false mark').toBeGreaterThanOrEqual(1);
  for (const { announcement } of told) expect(announcement.digest).toBe(digest);
}

export const STORIES: readonly Story[] = [
  {
    name: 'an image signed by a stranger is quarantined and told of in both places',
    about: 'images',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      sign(world, image, MALLORY);
      await driver.deliver(pushOf(image, 'v1'));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'quarantined' }];
    },
  },
  {
    name: 'an unsigned image is quarantined after its grace',
    about: 'images',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(image, 'v1'));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'quarantined' }];
    },
  },
  {
    name: 'an image that is labelled loses its label when it is signed',
    about: 'labels',
    mode: 'label',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(image, 'v1'));
      await driver.untilQuiet();
      expect(world.registry.labelsOf(image.digest)).toEqual(['quarantined']);
      await driver.deliver(pushOf(sign(world, image)));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'released' }];
    },
  },
  {
    name: 'an image that is locked is opened when it is signed',
    about: 'locks',
    mode: 'lock',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(image, 'v1'));
      await driver.untilQuiet();
      expect(world.registry.isLocked(image.digest)).toBe(true);
      await driver.deliver(pushOf(sign(world, image)));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'released' }];
    },
  },
  {
    name: 'an image signed within its grace is never touched',
    about: 'images',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(image, 'v1'));
      await driver.drain();
      world.advance(20_000);
      await driver.deliver(pushOf(sign(world, image)));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'passed' }];
    },
  },
  {
    name: 'an image signed after its quarantine is released',
    about: 'releases',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(image, 'v1'));
      await driver.untilQuiet();
      await driver.deliver(pushOf(sign(world, image)));
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'released' }];
    },
  },
  {
    name: 'two that share a short name are marked each by a name of its own',
    about: 'marks',
    sinkIds: ['slack'],
    tag: 'quarantined-{digest12}',
    async tell(world, driver) {
      for (const blob of NAMESAKE_BLOBS) world.registry.putBlob(blob);
      for (const { bytes, mediaType } of NAMESAKES) {
        await driver.deliver(pushOf(world.registry.putManifest(REPOSITORY, bytes, mediaType)));
      }
      await driver.untilQuiet();
      const marked = Object.entries(world.registry.tags(REPOSITORY));
      expect(marked.map(([, digest]) => digest).toSorted(), 'E3: images that carry a tag of ours').toEqual(
        NAMESAKES.map(({ digest }) => digest).toSorted(),
      );
      expect(world.registry.requests.filter((line) => line.startsWith('DELETE'))).toEqual([]);
      return [];
    },
  },
  {
    name: 'an image pushed under the mark of another loses it, and the mark is put back and told of',
    about: 'marks',
    sinkIds: ['slack'],
    async tell(world, driver) {
      const bad = putImage(world.registry, { tag: 'v1' });
      await driver.deliver(pushOf(bad, 'v1'));
      const good = putImage(world.registry, { tag: 'v2' });
      sign(world, good);
      await driver.deliver(pushOf(good, 'v2'));
      await driver.untilQuiet();
      const tag = `quarantined-${digestHex(bad.digest)}`;
      world.registry.putManifest(REPOSITORY, good.bytes, good.mediaType, tag);
      await driver.deliver(pushOf(good, tag));
      await driver.untilQuiet();
      expect(world.registry.tags(REPOSITORY)[tag], 'P4: the mark of the failing image').toBe(bad.digest);
      expectTold(world, bad);
      return [{ name: 'good image', digest: good.digest, end: 'passed' }];
    },
  },
  {
    name: 'a passing image pushed under its own mark loses it, and that is told of',
    about: 'marks',
    sinkIds: ['slack'],
    async tell(world, driver) {
      const tagOf = ({ digest }: StoredManifest) => `quarantined-${digestHex(digest)}`;
      const good = putImage(world.registry, { tag: 'v1' });
      sign(world, good);
      world.registry.putManifest(REPOSITORY, good.bytes, good.mediaType, tagOf(good));
      await driver.deliver(pushOf(good, tagOf(good)));
      await driver.untilQuiet();
      expectTold(world, good);
      return [{ name: 'image', digest: good.digest, end: 'passed' }];
    },
  },
  {
    name: 'an event that names only a tag is resolved and its image judged',
    about: 'images',
    async tell(world, driver) {
      const image = putImage(world.registry, { tag: 'v1' });
      sign(world, image, MALLORY);
      await driver.deliver({ ...pushOf(image, 'v1'), digest: null });
      await driver.untilQuiet();
      return [{ name: 'image', digest: image.digest, end: 'quarantined' }];
    },
  },
  {
    name: 'the images of a signed index pass with it',
    about: 'indexes',
    async tell(world, driver) {
      const children = [putImage(world.registry), putImage(world.registry)];
      for (const child of children) await driver.deliver(pushOf(child));
      await driver.drain();
      const index = putIndex(world.registry, children, 'v1');
      sign(world, index);
      await driver.deliver(pushOf(index, 'v1'));
      await driver.untilQuiet();
      return [index, ...children].map(({ digest }, at) => ({
        name: at === 0 ? 'index' : `child ${at}`,
        digest,
        end: 'passed',
      }));
    },
  },
  {
    name: 'the images of an index that is signed after its quarantine are released with it',
    about: 'indexes',
    sinkIds: ['slack'],
    async tell(world, driver) {
      const child = putImage(world.registry, { tag: 'v1-amd64' });
      await driver.deliver(pushOf(child, 'v1-amd64'));
      const index = putIndex(world.registry, [child], 'v1');
      await driver.deliver(pushOf(index, 'v1'));
      await driver.untilQuiet();
      await driver.deliver(pushOf(sign(world, index)));
      await driver.untilQuiet();
      return [
        { name: 'index', digest: index.digest, end: 'released' },
        { name: 'child', digest: child.digest, end: 'released' },
      ];
    },
  },
];

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex } from '../../../src/domain/digest.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { MemoryRegistry, StoredManifest } from '../../support/memory-registry.ts';
import { NAMESAKE_BLOBS, NAMESAKES } from '../../support/namesakes.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const SHORT = 'quarantined-{digest12}';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const wholeName = ({ digest }: StoredManifest) => `quarantined-${digestHex(digest)}`;
const shortName = ({ digest }: StoredManifest) => `quarantined-${digestHex(digest).slice(0, 12)}`;

/** The tags of ours, and what they point to. */
const ours = (registry: MemoryRegistry) =>
  Object.fromEntries(Object.entries(registry.tags(REPOSITORY)).filter(([tag]) => tag.startsWith('quarantined-')));

async function open(options: Parameters<typeof openScene>[1] = {}) {
  const scene = await openScene(db, { policy: WITHOUT_GRACE, ...options });
  const { world } = scene;
  const twins = () => {
    for (const blob of NAMESAKE_BLOBS) world.registry.putBlob(blob);
    const put = (at: 0 | 1) => world.registry.putManifest(REPOSITORY, NAMESAKES[at].bytes, NAMESAKES[at].mediaType);
    return [put(0), put(1)] as const;
  };
  const push = async (image: StoredManifest, tag: string | null = null) => {
    await scene.driver.deliver(pushOf(image, tag));
    await scene.driver.untilQuiet();
  };
  return { ...scene, twins, push, lastWord: () => world.sent.at(-1)?.announcement.action.sentence };
}

describe('E3: two images that share the twelve characters of a short name', () => {
  it('are each marked by the whole digest, by default', async () => {
    const { world, twins, push } = await open();
    const [first, second] = twins();
    for (const image of [first, second]) await push(image);
    expect(ours(world.registry)).toEqual({ [wholeName(first)]: first.digest, [wholeName(second)]: second.digest });
  });

  it('keep their marks under a short template: the second gets the longer name, and people are told', async () => {
    const { world, twins, push, lastWord } = await open({ quarantine: { tag: SHORT } });
    const [first, second] = twins();
    for (const image of [first, second]) await push(image);
    expect(ours(world.registry)).toEqual({ [shortName(first)]: first.digest, [wholeName(second)]: second.digest });
    expect(lastWord()).toBe(
      `The tag ${wholeName(second)} was put on it: the shorter name points to another image, and was left alone.`,
    );
  });

  it('and the one that is signed later loses its own alone', async () => {
    const { world, twins, push } = await open({ quarantine: { tag: SHORT } });
    const [first, second] = twins();
    for (const image of [first, second]) await push(image);
    await push(sign(world, second));
    expect(ours(world.registry)).toEqual({ [shortName(first)]: first.digest });
    await push(sign(world, first));
    expect(ours(world.registry)).toEqual({});
  });

  it('of which one lost its mark to the other before names were read: each has one of its own after the next look', async () => {
    const { world, driver, twins, push, pass } = await open({ quarantine: { tag: SHORT } });
    const [first, second] = twins();
    await push(first);
    world.registry.putManifest(REPOSITORY, second.bytes, second.mediaType, shortName(second));
    await driver.deliver(pushOf(second));
    await pass(40 * MINUTE, MINUTE);
    expect(ours(world.registry)).toMatchObject({
      [wholeName(first)]: first.digest,
      [wholeName(second)]: second.digest,
    });
  });
});

describe('marks on record under another template', () => {
  it('keep their name, and come off under it', async () => {
    const { world, driver, push, pass } = await open({ quarantine: { tag: SHORT } });
    const image = putImage(world.registry, { tag: 'v1' });
    await push(image, 'v1');
    world.configure({ quarantine: { tag: 'quarantined-{digest}' } });
    driver.restart();
    await pass(40 * MINUTE, MINUTE);
    expect(ours(world.registry)).toEqual({ [shortName(image)]: image.digest });
    await push(sign(world, image));
    expect(ours(world.registry)).toEqual({});
  });
});

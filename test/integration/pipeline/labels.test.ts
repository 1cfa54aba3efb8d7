import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const LABEL = 'quarantined';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

async function open(options: Parameters<typeof openScene>[1] = {}) {
  const quarantine = { mode: 'label', ...options.quarantine } as const;
  const scene = await openScene(db, { policy: WITHOUT_GRACE, ...options, quarantine });
  const { world, driver } = scene;
  const push = async (image = putImage(world.registry, { tag: 'v1' })) => {
    await driver.deliver(pushOf(image));
    await driver.untilQuiet();
    return image;
  };
  const sentences = () => world.sent.map(({ announcement }) => announcement.action.sentence);
  return { ...scene, push, sentences };
}

describe('an image that fails where images are labelled', () => {
  it('gets our label and no tag, and people are told what that does not do', async () => {
    const { world, push, puts, sentences } = await open();
    const image = await push();
    expect(world.registry.labelsOf(image.digest)).toEqual([LABEL]);
    expect(puts()).toBe(0);
    expect(sentences()).toEqual([
      'The label quarantined was put on it, which blocks nothing and touches none of its tags.',
    ]);
  });

  it('loses it when it passes, and keeps the labels of others', async () => {
    const { world, driver, push, sentences } = await open();
    const image = await push();
    await world.registry.labels.writer.add(REPOSITORY, image.digest, 'reviewed');
    await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect(world.registry.labelsOf(image.digest)).toEqual(['reviewed']);
    expect(sentences().at(-1)).toBe('The quarantine is lifted: the label quarantined was taken off.');
  });

  it('keeps the kind of mark it has, whatever the mode says later', async () => {
    const { world, driver, push } = await open();
    const [labelled, tagged] = [await push(), putImage(world.registry)];
    world.configure({ quarantine: { mode: 'tag' } });
    driver.restart();
    await push(tagged);
    world.configure({ quarantine: { mode: 'label' } });
    driver.restart();
    for (const image of [labelled, tagged]) await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect([labelled, tagged].map(({ digest }) => world.registry.labelsOf(digest))).toEqual([[], []]);
    expect(Object.keys(world.registry.tags(REPOSITORY))).toEqual(['v1']);
  });

  it('is only told of in a registry that is observed by itself', async () => {
    const { world, push } = await open({ quarantine: { modes: new Map([['prod', 'observe']]) } });
    const image = await push();
    expect(world.registry.labelsOf(image.digest)).toEqual([]);
    expect(world.sent).toHaveLength(1);
  });

  it('is held by the breaker as any other', async () => {
    const { world, driver, push, pass } = await open({ quarantine: { breaker: breakerOf({ perHour: 1, share: 1 }) } });
    const images = [await push(), putImage(world.registry)];
    await driver.deliver(pushOf(images[1] ?? expect.fail()));
    await pass(5 * MINUTE);
    expect(images.map(({ digest }) => world.registry.labelsOf(digest).length)).toEqual([1, 0]);
  });
});

describe('our label', () => {
  it('E15: hangs a label on again that somebody took off, and tells people when it does not stay', async () => {
    const { world, driver, push, told, pass } = await open();
    const image = await push();
    for (let n = 1; n <= 4; n++) {
      await pass(10 * MINUTE, 5 * MINUTE);
      await world.registry.labels.writer.remove(REPOSITORY, image.digest, LABEL);
      await driver.deliver(pushOf(image));
      await driver.untilQuiet();
      expect(world.registry.labelsOf(image.digest)).toEqual(n <= 3 ? [LABEL] : []);
    }
    expect(told('mark-removed')).toBe(1);
  });

  it('leaves a label alone that somebody hung on an image that passes', async () => {
    const { world, push } = await open();
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image);
    await world.registry.labels.writer.add(REPOSITORY, image.digest, LABEL);
    await push(image);
    expect(world.registry.labelsOf(image.digest)).toEqual([LABEL]);
  });

  it('E15: puts no other label, whatever the record asks for', async () => {
    const { world, driver } = await open();
    const image = putImage(world.registry);
    world.registry.failOn('labels/', new FaultError('REGISTRY_UNREACHABLE', 'it is away', { retryable: true }));
    await driver.deliver(pushOf(image));
    await driver.drain();
    await db.pool.query("UPDATE effects SET tag = 'label:approved' WHERE kind = 'quarantine'");
    world.registry.failOn('labels/', undefined);
    await driver.untilQuiet();
    expect(world.registry.labelsOf(image.digest)).toEqual([LABEL]);
  });
});

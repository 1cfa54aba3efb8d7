import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putImage } from '../../support/memory-artifacts.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

async function open(options: Parameters<typeof openScene>[1] = {}) {
  const quarantine = { mode: 'lock', ...options.quarantine } as const;
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

describe('an image that fails where images are locked', () => {
  it('is locked, gets no tag, and people are told what that does', async () => {
    const { world, push, puts, sentences } = await open();
    const image = await push();
    expect([world.registry.isLocked(image.digest), puts()]).toEqual([true, 0]);
    expect(sentences()).toEqual([expect.stringMatching(/^It was locked: nobody can pull it any more/)]);
  });

  it('stays locked while it is looked at, and while what comes does not satisfy its policy', async () => {
    const { world, driver, push, verdicts } = await open();
    const image = await push();
    world.registry.clearRequests();
    await driver.deliver(pushOf(sign(world, image, MALLORY)));
    await driver.untilQuiet();
    expect(world.registry.isLocked(image.digest)).toBe(true);
    expect(world.registry.requests.filter((line) => line.includes(' lock ') && !line.startsWith('GET'))).toEqual([]);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-evidence', final: true, mark: 'quarantined' }]);
  });

  it('can be signed, and is opened by evidence that satisfies its policy', async () => {
    const { world, driver, push, sentences } = await open();
    const image = await push();
    await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect(world.registry.isLocked(image.digest)).toBe(false);
    expect(sentences().at(-1)).toBe('The quarantine is lifted: the lock was taken off, and it can be pulled again.');
  });

  it('is not taken for gone, and one that is gone is', async () => {
    const { world, driver, push, verdicts } = await open();
    const image = await push();
    world.registry.removeManifest(image.digest);
    await driver.deliver({ ...pushOf(image), kind: 'delete' });
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ mark: 'none' }]);
  });

  it('is locked again when somebody opened it, three times a day', async () => {
    const { world, driver, push, told, pass } = await open();
    const image = await push();
    for (let n = 1; n <= 4; n++) {
      await pass(10 * MINUTE, 5 * MINUTE);
      world.registry.setLock(image.digest, false);
      await driver.deliver(pushOf(image));
      await driver.untilQuiet();
      expect(world.registry.isLocked(image.digest)).toBe(n <= 3);
    }
    expect(told('mark-removed')).toBe(1);
  });

  it('E16: is held by the breaker as any other, so that nobody has a registry locked up', async () => {
    const { world, driver, push, pass } = await open({ quarantine: { breaker: breakerOf({ perHour: 1, share: 1 }) } });
    const [first, second] = [await push(), putImage(world.registry)];
    await driver.deliver(pushOf(second));
    await pass(5 * MINUTE);
    expect([first, second].map(({ digest }) => world.registry.isLocked(digest))).toEqual([true, false]);
  });
});

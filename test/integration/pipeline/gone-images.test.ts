import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

async function countHeld(): Promise<number> {
  return Object.values(await db.records.heldQuarantines()).reduce((sum, count) => sum + count, 0);
}

async function openGone(breaker?: ReturnType<typeof breakerOf>) {
  const scene = await openScene(db, breaker === undefined ? {} : { quarantine: { breaker } });
  const { world, driver } = scene;
  world.setPolicy(WITHOUT_GRACE);
  return {
    ...scene,
    push: async (tag: string) => {
      const image = putImage(world.registry, { tag });
      await driver.deliver(pushOf(image, tag));
      await driver.drain();
      return image;
    },
    /** Whether a sweep or an event tells of it, it ends in the same look. */
    remove: async (image: ReturnType<typeof putImage>) => {
      world.registry.removeManifest(image.digest);
      await driver.deliver({ ...pushOf(image), kind: 'delete' });
      await scene.pass(10 * MINUTE, MINUTE);
    },
  };
}

describe('an image that is gone', () => {
  it('is none of those that could not be told any more, though its verdict stays on record', async () => {
    const { world, push, remove, verdicts } = await openGone();
    const away = new FaultError('REGISTRY_ERROR', 'the registry answered 500', { retryable: true });
    world.registry.failOn('referrers', away);
    const image = await push('v1');
    expect(await db.records.query.countUntold()).toMatchObject([{ code: 'REGISTRY_ERROR', count: 1 }]);
    await remove(image);
    expect(await verdicts(image)).toMatchObject([{ state: 'gone', outcome: 'indeterminate' }]);
    expect(await db.records.query.countUntold()).toEqual([]);
  });

  it('is no quarantine that is held, delays none of those behind it, and keeps its history', async () => {
    const { push, remove, verdicts, pass, puts, told } = await openGone(breakerOf({ perHour: 1, share: 1 }));
    const [, deleted, next] = [await push('v1'), await push('v2'), await push('v3')];
    expect(await countHeld()).toBe(2);
    await remove(deleted);
    expect(await countHeld()).toBe(1);
    await pass(2 * HOUR, 5 * MINUTE);
    expect(await verdicts(deleted)).toMatchObject([{ state: 'gone', outcome: 'fail-missing', mark: 'none' }]);
    expect([puts(deleted), puts(next)]).toEqual([0, 1]);
    expect(told('failed', deleted)).toBe(1);
    expect(await countHeld()).toBe(0);
  });

  it('and is back before its turn had come is quarantined all the same', async () => {
    const { world, driver, push, remove, verdicts, pass, puts } = await openGone(breakerOf({ perHour: 1, share: 1 }));
    const [, image] = [await push('v1'), await push('v2')];
    await remove(image);
    world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, 'v2');
    await driver.deliver(pushOf(image, 'v2'));
    await pass(2 * HOUR, 5 * MINUTE);
    expect(await verdicts(image)).toMatchObject([{ state: 'final', outcome: 'fail-missing', mark: 'quarantined' }]);
    expect(puts(image)).toBe(1);
  });

  it('and is there after all has kept its turn: nobody has to announce it', async () => {
    const { world, driver, push, verdicts, pass } = await openGone(breakerOf({ perHour: 1, share: 1 }));
    const [, image] = [await push('v1'), await push('v2')];
    await pass(40 * MINUTE, MINUTE);
    world.registry.removeManifest(image.digest);
    await driver.deliver({ ...pushOf(image), kind: 'delete' });
    await driver.round();
    expect(await verdicts(image)).toMatchObject([{ state: 'gone' }]);
    world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, 'v2');
    await pass(HOUR, 5 * MINUTE);
    expect(await verdicts(image)).toMatchObject([{ mark: 'quarantined' }]);
  });

  it('is nothing that waits: the lag does not grow with it', async () => {
    const { push, remove, pass } = await openGone(breakerOf({ perHour: 1, share: 1 }));
    await push('v1');
    await remove(await push('v2'));
    await pass(10 * MINUTE, MINUTE);
    expect(await db.records.oldestOpenAt()).toBeNull();
  });
});

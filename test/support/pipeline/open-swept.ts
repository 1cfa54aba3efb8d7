import { putImage, REPOSITORY } from '../memory-artifacts.ts';
import type { StoredManifest } from '../memory-registry.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import { WITHOUT_GRACE } from './pipeline-world.ts';
import { openScene } from './scene.ts';
import { createListedRegistry, createSweeper, EVERY_MS, type Sweeper } from './swept-registry.ts';

/** A scene whose registry is swept, by hand. */
export async function openSwept(
  db: PipelineRecords,
  options: Parameters<typeof createListedRegistry>[0] & { tags?: object; baseline?: 'judge' } = {},
) {
  const scene = await openScene(db);
  const { world, driver } = scene;
  world.setPolicy(WITHOUT_GRACE);
  const listed = createListedRegistry(options);
  const sweeper = (more: Partial<Parameters<typeof createSweeper>[2]> = {}): Sweeper =>
    createSweeper(world, driver.process(), {
      listed,
      records: db.records,
      ...(options.tags !== undefined && { tags: { include: [], exclude: [], ...options.tags } }),
      ...(options.baseline !== undefined && { baseline: options.baseline }),
      ...more,
    });
  const put = (tag: string, repository = REPOSITORY): StoredManifest => {
    const image = putImage(world.registry, { tag, repository });
    listed.put(repository, tag, image.digest);
    return image;
  };
  const next = async (sweep = sweeper()) => {
    world.advance(EVERY_MS);
    await sweep.sweep();
    await driver.drain();
    await driver.round();
    return sweep;
  };
  const statusOf = async () => (await db.records.sweeps.readStatus())[0];
  return { ...scene, listed, sweeper, put, next, statusOf };
}

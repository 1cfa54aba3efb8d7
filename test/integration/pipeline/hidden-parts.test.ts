import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf } from '../../support/pipeline/stories.ts';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** An index that nobody signed, with parts that stand behind its mark. */
async function hidden(count: number) {
  const scene = await openScene(db, { policy: WITHOUT_GRACE });
  const { world, driver, verdicts } = scene;
  const parts = Array.from({ length: count }, () => putImage(world.registry));
  const index = putIndex(world.registry, parts, 'v1');
  await driver.deliver(pushOf(index, 'v1'));
  for (const part of parts) await driver.deliver(pushOf(part));
  await driver.untilQuiet();
  const [part] = parts;
  if (part === undefined) throw new Error('there is no part');
  const marks = () =>
    new Set(
      Object.entries(world.registry.tags(REPOSITORY)).flatMap(([name, digest]) =>
        name.startsWith('quarantined-') ? [digest] : [],
      ),
    );
  expect([...marks()]).toEqual([index.digest]);
  expect(await verdicts(part)).toMatchObject([{ outcome: 'fail-missing', mark: 'none' }]);
  return { ...scene, parts, part, index, marks };
}

describe('P12: a part that stands behind the mark of its index', () => {
  it.each(['with its digest', 'by name alone'])(
    'is marked itself as soon as it gets a tag, announced %s',
    async (how) => {
      const { world, driver, part, index, marks } = await hidden(2);
      world.registry.putManifest(REPOSITORY, part.bytes, part.mediaType, 'latest');
      await driver.deliver({ ...pushOf(part, 'latest'), ...(how === 'by name alone' && { digest: null }) });
      await driver.untilQuiet();
      expect(marks()).toEqual(new Set([index.digest, part.digest]));
    },
  );

  it('is one of a hundred: each is on record, and each is marked when the index is gone', async () => {
    const { world, driver, parts, index, marks, verdicts } = await hidden(100);
    expect((await verdicts()).map(({ outcome }) => outcome)).toEqual(Array(101).fill('fail-missing'));
    world.registry.removeManifest(index.digest);
    await driver.deliver({ ...pushOf(index), kind: 'delete' });
    await driver.untilQuiet();
    expect(marks()).toEqual(new Set(parts.map(({ digest }) => digest)));
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBundle, putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import type { PipelineWorld } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const GRACE = 60_000;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const attached: readonly [string, string, (world: PipelineWorld, image: StoredManifest) => unknown][] = [
  ["a stranger's signature", 'fail-evidence', (world, image) => sign(world, image, MALLORY)],
  ['what cannot be read', 'fail-evidence', (world, image) => putBundle(world.registry, image, '{"garbage":1}')],
  [
    'a bill of materials over the limit',
    'fail-missing',
    (world, image) =>
      putBundle(world.registry, image, 'x'.repeat(17 * 1024 * 1024), {
        annotations: { 'dev.sigstore.bundle.predicateType': 'https://cyclonedx.org/bom' },
      }),
  ],
];

describe('A9: nothing that others attach ends the grace', () => {
  it.each(attached)('%s: the image is waited for, and signed in time it was never touched', async (_, outcome, add) => {
    const { world, driver, puts, told, verdicts, pass } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    add(world, image);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    expect(await verdicts(image)).toMatchObject([{ outcome, final: false, state: 'waiting' }]);
    await pass(GRACE - 10_000);
    await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true, mark: 'none' }]);
    expect([puts(), told('failed'), told('rejected')]).toEqual([0, 0, 0]);
  });

  it.each(attached)('%s: not signed in time, the image fails all the same', async (_, outcome, add) => {
    const { world, driver, told, verdicts, markOf } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    add(world, image);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ outcome, final: true, mark: 'quarantined' }]);
    expect(markOf(image)).toBe(image.digest);
    expect(told('failed')).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDialect } from '../../../src/sources/dialects/dialects.ts';
import { putImage } from '../../support/memory-artifacts.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { sign } from '../../support/pipeline/stories.ts';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** One delivery of Quay that names these tags, as it reaches the daemon. */
function pushedTo(updated_tags: readonly string[]) {
  const body = { name: 'app', repository: 'acme/app', docker_url: 'quay.io/acme/app', updated_tags };
  return findDialect('quay')({ body: Buffer.from(JSON.stringify(body)), headers: {} });
}

describe('one event that names many tags', () => {
  it('has each tag asked once, and judges each image once, whatever its tags lead to later', async () => {
    const { world, driver, verdicts } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const bad = putImage(world.registry, { tag: 'v1' });
    world.registry.putManifest('acme/app', bad.bytes, bad.mediaType, 'latest');
    const good = putImage(world.registry, { tag: 'v2' });
    sign(world, good);
    await driver.process().receive(pushedTo(['v1', 'latest', 'v2', 'not-there']));
    await driver.drain();
    for (const tag of ['v1', 'latest', 'v2', 'not-there']) {
      expect(
        world.registry.requests.filter((line) => line.endsWith(`manifests/${tag}`)),
        tag,
      ).toHaveLength(1);
    }
    expect(await verdicts(bad)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', mark: 'none' }]);
    const { rows } = await db.pool.query(`SELECT tags FROM subjects WHERE digest = $1`, [bad.digest]);
    expect([...rows[0].tags].sort()).toEqual(['latest', 'v1']);
  });

  it('is 256 events on record for 256 tags, each of which is resolved', async () => {
    const { world, driver } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 't0' });
    sign(world, image);
    const tags = Array.from({ length: 256 }, (_, at) => `t${at}`);
    for (const tag of tags) world.registry.putManifest('acme/app', image.bytes, image.mediaType, tag);
    await driver.process().receive(pushedTo(tags));
    await driver.drain();
    const { rows } = await db.pool.query('SELECT state, count(*)::int AS count FROM inbox_events GROUP BY state');
    expect(rows).toEqual([{ state: 'resolved', count: 256 }]);
    expect(world.registry.requests.filter((line) => /manifests\/t\d+$/.test(line))).toHaveLength(256);
  });
});

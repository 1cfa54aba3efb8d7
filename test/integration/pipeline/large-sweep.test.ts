import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { createListedRegistry, createSweeper, EVERY_MS } from '../../support/pipeline/swept-registry.ts';
import { digestNamed } from '../../support/records/samples.ts';

const REPOSITORIES = 1_000;
const TAGS_EACH = 20;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

it('G4: 20,000 tags of 1,000 repositories, swept again: a request a tag, and no event, look or write', async () => {
  const { world, driver } = await openScene(db);
  const listed = createListedRegistry({ pageSize: 100 });
  for (let r = 0; r < REPOSITORIES; r++) {
    for (let t = 0; t < TAGS_EACH; t++) listed.put(`acme/app-${r}`, `v${t}`, digestNamed(`${r} ${t}`));
  }
  const sweeper = createSweeper(world, driver.process(), { listed, records: db.records });
  const work = async () => {
    const { rows } = await db.pool.query(
      `SELECT (SELECT count(*)::int FROM inbox_events) AS events,
         count(*)::int AS images, sum(requested_seq)::int AS asked FROM subjects`,
    );
    return rows[0];
  };
  await sweeper.sweep();
  const all = REPOSITORIES * TAGS_EACH;
  expect(await work()).toEqual({ events: all, images: all, asked: all });
  listed.clearRequests();
  world.registry.clearRequests();
  world.advance(EVERY_MS);
  await sweeper.sweep();
  expect(sweeper.results).toEqual(['whole', 'whole']);
  expect(await work()).toEqual({ events: all, images: all, asked: all });
  expect(listed.requests.filter((line) => line.startsWith('HEAD'))).toHaveLength(all);
  expect(listed.requests).toHaveLength(all + REPOSITORIES + REPOSITORIES / 100);
  expect(world.registry.requests).toEqual([]);
}, 300_000);

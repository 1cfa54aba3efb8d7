import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex } from '../../../src/domain/digest.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { START, WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const tagOf = ({ digest }: StoredManifest) => `quarantined-${digestHex(digest)}`;

/** A daemon that rehearses, without credentials for writing unless it is told otherwise. */
async function open(options: Parameters<typeof openScene>[1] = {}) {
  const quarantine = { mode: 'rehearse', ...options.quarantine } as const;
  const scene = await openScene(db, { policy: WITHOUT_GRACE, ...options, quarantine });
  const { world, driver } = scene;
  world.configure({ isWritable: false });
  driver.restart();
  let serial = 0;
  const deliver = async () => {
    const image = putImage(world.registry, { tag: `v${++serial}` });
    await driver.deliver(pushOf(image));
    return image;
  };
  return {
    ...scene,
    deliver,
    push: async () => {
      const image = await deliver();
      await driver.untilQuiet();
      return image;
    },
    switchTo: (mode: 'tag' | 'observe' | 'rehearse') => {
      world.configure({ quarantine: { mode }, isWritable: true });
      driver.restart();
    },
    sentences: () => world.sent.map(({ announcement }) => announcement.action.sentence),
    writes: () => world.registry.requests.filter((line) => !/^(GET|HEAD) /.test(line)),
    rehearsed: async () => {
      const { writes } = await db.records.rehearsals.readRehearsed({ since: START, limit: 500 });
      return writes.map(({ kind, mark, verdict }) => [kind, mark, verdict?.code]).toReversed();
    },
  };
}

describe('a rehearsal', () => {
  it('puts the tag on record that it would have put, writes nothing, and says so', async () => {
    const { push, writes, sentences, rehearsed, verdicts } = await open();
    const image = await push();
    expect(writes()).toEqual([]);
    expect(await rehearsed()).toEqual([['quarantine', tagOf(image), 'SIGNATURE_MISSING']]);
    expect(sentences()).toEqual([
      `This is a rehearsal: the tag ${tagOf(image)} would have been put on it. Nothing was changed in the registry.`,
    ]);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'none' }]);
  });

  it('names image, place, mark, time and reason of each write', async () => {
    const { push } = await open();
    const image = await push();
    const { writes } = await db.records.rehearsals.readRehearsed({ since: START, limit: 1 });
    expect(writes).toMatchObject([
      {
        registryId: 'prod',
        repository: 'acme/app',
        digest: image.digest,
        kind: 'quarantine',
        mark: tagOf(image),
        rehearsedAt: expect.any(Date),
        verdict: { outcome: 'fail-missing', code: 'SIGNATURE_MISSING', policies: ['acme'], reason: expect.any(String) },
      },
    ]);
  });

  it('goes on as after the write: no second one for the same image, and the release when it passes', async () => {
    const { world, driver, push, pass, writes, rehearsed, sentences } = await open();
    const image = await push();
    world.setPolicy(WITHOUT_GRACE.replace('name: acme', 'name: acme-apps'));
    await pass(2 * HOUR, 10 * MINUTE);
    expect(await rehearsed()).toHaveLength(1);
    await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect(await rehearsed()).toEqual([
      ['quarantine', tagOf(image), 'SIGNATURE_MISSING'],
      ['release', tagOf(image), 'SATISFIED'],
    ]);
    expect(sentences().at(-1)).toBe(
      `This is a rehearsal: the tag ${tagOf(image)} would have been taken off. Nothing was changed in the registry.`,
    );
    expect(writes()).toEqual([]);
  });

  it('is held by the breaker as the writes would be, and goes on in the same turns', async () => {
    const { world, driver, deliver, pass, rehearsed, writes } = await open({
      quarantine: { breaker: breakerOf({ perHour: 2, share: 1 }) },
    });
    for (let n = 0; n < 5; n++) await deliver();
    await driver.drain();
    expect(await rehearsed()).toHaveLength(2);
    const paused = world.sent.find(({ announcement }) => announcement.kind === 'breaker-open');
    expect(paused?.announcement.action.sentence).toMatch(/^This is a rehearsal: .* The limit of 2 quarantines/);
    await pass(65 * MINUTE, MINUTE);
    expect(await rehearsed()).toHaveLength(4);
    expect(writes()).toEqual([]);
  });

  it('records nothing of an image that is gone, and tries again when the registry is away', async () => {
    const { world, driver, deliver, rehearsed, writes } = await open();
    const away = new FaultError('REGISTRY_UNREACHABLE', 'it is away', { retryable: true });
    const image = await deliver();
    world.registry.failOn('manifests/quarantined-', away);
    await driver.drain();
    expect(await rehearsed()).toEqual([]);
    world.registry.failOn('manifests/quarantined-', undefined);
    await driver.untilQuiet();
    expect(await rehearsed()).toEqual([['quarantine', tagOf(image), 'SIGNATURE_MISSING']]);
    expect(writes()).toEqual([]);
  });

  it('does not use up what may be written afterwards', async () => {
    const { world, driver, deliver, push, puts, pass } = await open({
      quarantine: { breaker: breakerOf({ perHour: 2, share: 1 }) },
    });
    await push();
    await push();
    world.configure({ quarantine: { mode: 'tag' }, isWritable: true });
    driver.restart();
    const real = await deliver();
    await driver.drain();
    expect(puts(real)).toBe(1);
    await pass(MINUTE);
    expect(puts()).toBe(2);
  });

  it('leaves a false mark where it is and puts on record that it would put it right', async () => {
    const { world, driver, push, writes, told } = await open();
    const good = putImage(world.registry, { tag: 'good' });
    sign(world, good);
    await driver.deliver(pushOf(good, 'good'));
    const bad = await push();
    world.registry.putManifest(REPOSITORY, good.bytes, good.mediaType, tagOf(bad));
    await driver.deliver(pushOf(good, tagOf(bad)));
    await driver.untilQuiet();
    expect([told('false-mark'), writes()]).toEqual([1, []]);
    const { writes: rehearsed } = await db.records.rehearsals.readRehearsed({ since: START, limit: 500 });
    expect(rehearsed[0]).toMatchObject({ kind: 'undo', mark: tagOf(bad) });
  });
});

describe('when images are tagged after a rehearsal', () => {
  it('E2: what still fails is tagged through the breaker, and what passes by now is not', async () => {
    const { world, driver, deliver, pass, puts, markOf, switchTo } = await open({
      quarantine: { breaker: breakerOf({ perHour: 2, share: 1 }) },
    });
    const images = [await deliver(), await deliver(), await deliver(), await deliver()];
    const [first] = images;
    await driver.drain();
    await pass(2 * HOUR, 5 * MINUTE);
    expect(puts()).toBe(0);
    // Nobody announces the signature: the look before the write finds it.
    sign(world, first!);
    switchTo('tag');
    await pass(MINUTE);
    expect(puts()).toBe(2);
    await pass(2 * HOUR, 5 * MINUTE);
    expect(images.map((image) => markOf(image) !== undefined)).toEqual([false, true, true, true]);
    expect(puts()).toBe(3);
    await driver.untilQuiet();
  });

  it('people are not told of the same failure again', async () => {
    const { push, pass, told, switchTo, puts } = await open();
    const image = await push();
    switchTo('tag');
    await pass(MINUTE);
    expect([puts(image), told('failed', image)]).toEqual([1, 1]);
  });

  it('a rehearsal that ends in observing leaves nothing behind', async () => {
    const { push, pass, puts, switchTo } = await open();
    await push();
    switchTo('observe');
    await pass(MINUTE);
    const { rows } = await db.pool.query('SELECT 1 FROM subjects WHERE rehearsed_mark IS NOT NULL');
    expect([rows.length, puts()]).toEqual([0, 0]);
  });
});

describe('a mark that was put before a rehearsal', () => {
  it('E1: comes off an image that passes, as in any mode', async () => {
    const { world, driver, switchTo, push, puts, markOf, rehearsed } = await open();
    switchTo('tag');
    const image = await push();
    expect(puts(image)).toBe(1);
    switchTo('rehearse');
    await driver.deliver(pushOf(sign(world, image)));
    await driver.untilQuiet();
    expect(markOf(image)).toBeUndefined();
    expect(await rehearsed()).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putBundle, putImage, putIndex } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { POLICY, WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Asks for what no image of these tests has. */
const STRICTER = `${POLICY}    - name: has a bill of materials
      attestation: { type: "https://cyclonedx.org/bom", signer: { key: alice.pub } }
`;
/** As many as a daemon makes at the same time. */
const AT_ONCE = 4;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

describe('A8: a registry that announces every tag we put', () => {
  it.each([
    ['with its digest', {}],
    ['by its tag alone', { digest: null }],
  ])('%s: one write, and no further look', async (_, over) => {
    const echoes: RegistryEvent[] = [];
    const { world, driver, puts, pass, told } = await openScene(db, {
      onTag: (tag, manifest) => void echoes.push({ ...pushOf(manifest, tag), ...over }),
    });
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    expect(echoes).toHaveLength(1);
    const looks = driver.calls.filter((name) => name === 'judgements.begin').length;
    for (let round = 0; round < 10; round++) {
      for (const echo of echoes.splice(0)) await driver.deliver(echo);
      await pass(MINUTE, 20_000);
    }
    expect(puts()).toBe(1);
    expect(told('failed')).toBe(1);
    expect(driver.calls.filter((name) => name === 'judgements.begin')).toHaveLength(looks);
  });

  it('and that deletes no tags, when a release points ours elsewhere', async () => {
    const echoes: RegistryEvent[] = [];
    const { world, driver, puts, pass, told, verdicts } = await openScene(db, {
      registry: { deletesTags: false },
      onTag: (tag, manifest) => void echoes.push(pushOf(manifest, tag)),
    });
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    await driver.deliver(pushOf(sign(world, image)));
    for (let round = 0; round < 10; round++) {
      await pass(MINUTE, 20_000);
      for (const echo of echoes.splice(0)) await driver.deliver(echo);
    }
    expect(puts(image)).toBe(2);
    expect([told('failed'), told('resolved')]).toEqual([1, 1]);
    expect(await verdicts()).toMatchObject([{ outcome: 'pass', mark: 'released' }]);
  });

  it('is recognised while the write is under way and the image is being looked at again', async () => {
    const { world, driver } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    await driver.deliver(pushOf(image, 'v1'));
    const job = world.queue.take();
    await driver.process().work(job!);
    const [effect] = await db.records.outbox.findDue(world.now(), 10);
    await db.records.outbox.begin(effect?.id ?? '', world.now());
    // Garbage is pushed, and the registry is away when it is looked at: the verdict is open, the write goes on.
    await db.pool.query(`UPDATE verdicts SET outcome = 'indeterminate', final = false`);
    const { inbox } = db.records;
    const tag = `quarantined-${image.digest.slice(7)}`;
    await driver.deliver(pushOf(image, tag));
    const found = await inbox.findSubject({ registryId: 'prod', repository: 'acme/app', digest: image.digest });
    expect(found?.tags).not.toContain(tag);
  });
});

describe('A5: a storm', () => {
  it('of events about images that are waited for makes no look more than their schedule does', async () => {
    const { world, driver, pass } = await openScene(db);
    const images = [1, 2, 3].map(() => putImage(world.registry, { tag: 'v1' }));
    for (let n = 0; n < 40; n++) {
      for (const image of images) await driver.deliver(pushOf(image, `v${n}`));
      await driver.drain();
    }
    expect(driver.calls.filter((name) => name === 'judgements.decide')).toHaveLength(images.length);
    await pass(14_000, 1_000);
    expect(driver.calls.filter((name) => name === 'judgements.decide')).toHaveLength(images.length);
  });

  it('of evidence that comes faster than it can be looked at keeps no image from its verdict', async () => {
    const { world, driver, verdicts, pass } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    await pass(MINUTE);
    // Each look begins only to find that more evidence has come.
    let more = 0;
    const slow = world.start(async (name, call) => {
      if (name === 'reader.readManifest' && more++ < 40) {
        await world.start().receive([pushOf(putBundle(world.registry, image, `{"garbage":${more}}`))]);
        const next = world.queue.take();
        if (next?.kind === 'judge-subject') await world.start().work(next);
        if (next !== undefined) world.queue.end(next);
      }
      return call();
    });
    const before = (await db.pool.query('SELECT judged_at FROM verdicts WHERE is_current')).rows[0]?.judged_at;
    await driver.deliver(pushOf(putBundle(world.registry, image, '{"garbage":0}')));
    for (let job = world.queue.take(); job !== undefined && more < 40; job = world.queue.take()) {
      await slow.work(job);
      world.queue.end(job);
    }
    const after = (await db.pool.query('SELECT judged_at FROM verdicts WHERE is_current')).rows[0]?.judged_at;
    expect(after > before).toBe(true);
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-evidence', final: true, mark: 'quarantined' }]);
  });
});

describe('a verdict that fails', () => {
  it('ends by itself once the image is signed, where the registry announces no signatures', async () => {
    const { world, driver, told, verdicts, pass, markOf } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    expect(markOf(image)).toBe(image.digest);
    sign(world, image);
    await pass(20 * MINUTE, MINUTE);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', mark: 'released' }]);
    expect([markOf(image), told('resolved')]).toEqual([undefined, 1]);
  });

  it.each([
    ['the same tag', 'v1'],
    ['a new tag', 'v1.1'],
  ])('ends within seconds when the image is announced again with %s after it was signed', async (_, tag) => {
    const { world, driver, told, verdicts, markOf } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    sign(world, image);
    await driver.deliver(pushOf(image, tag));
    await driver.drain();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', mark: 'released' }]);
    expect([markOf(image), told('resolved')]).toEqual([undefined, 1]);
  });

  it('and goes on failing is looked at ever more rarely, and neither written to nor told of again', async () => {
    const { world, driver, puts, pass } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    const looks = () => driver.calls.filter((name) => name === 'judgements.begin').length;
    const sent = world.sent.length;
    const before = looks();
    await pass(24 * HOUR, 10 * MINUTE);
    const first = looks() - before;
    await pass(48 * HOUR, 10 * MINUTE);
    expect(first).toBeGreaterThan(16);
    expect(first).toBeLessThan(36);
    expect(looks() - before - first).toBeLessThan(5);
    expect([puts(), world.sent.length]).toEqual([1, sent]);
  });

  it('is looked at again a few at a time, after those that wait for their first look', async () => {
    const { world, driver } = await openScene(db);
    const images = Array.from({ length: 50 }, (_, n) => putImage(world.registry, { tag: `v${n}` }));
    for (const [n, image] of images.entries()) await driver.deliver(pushOf(image, `v${n}`));
    await driver.untilQuiet();
    world.advance(7 * 24 * HOUR);
    const looks = () => driver.calls.filter((name) => name === 'judgements.begin').length;
    const before = looks();
    await driver.round();
    expect(looks() - before).toBe(20);
    await driver.round();
    await driver.round();
    expect(looks() - before).toBe(images.length);
  });
});

describe('the mark follows the truth', () => {
  const removal = (image: StoredManifest, over: Partial<RegistryEvent> = {}): RegistryEvent => ({
    ...pushOf(image),
    kind: 'delete',
    ...over,
  });
  const tagOf = (image: StoredManifest) => `quarantined-${image.digest.slice(7)}`;

  async function quarantined(options: Parameters<typeof openScene>[1] = {}) {
    const scene = await openScene(db, options);
    const image = putImage(scene.world.registry, { tag: 'v1' });
    await scene.driver.deliver(pushOf(image, 'v1'));
    await scene.driver.untilQuiet();
    scene.world.advance(MINUTE);
    expect(scene.markOf(image)).toBe(image.digest);
    return { ...scene, image };
  }

  it.each([
    ['a removal of the tag', (image: StoredManifest) => removal(image, { tag: tagOf(image), digest: null })],
    ['a removal that names image and tag', (image: StoredManifest) => removal(image, { tag: tagOf(image) })],
    ['a push of the image', (image: StoredManifest) => pushOf(image, 'v1')],
  ])('a tag that somebody took off is put back after %s, and nobody is told twice', async (_, announce) => {
    const { world, driver, image, puts, markOf, verdicts } = await quarantined();
    const sent = world.sent.length;
    world.registry.removeTag('acme/app', tagOf(image));
    await driver.deliver(announce(image));
    await driver.drain();
    expect(markOf(image)).toBe(image.digest);
    expect(await verdicts(image)).toMatchObject([{ mark: 'quarantined', outcome: 'fail-missing' }]);
    expect([puts(image), world.sent.length]).toEqual([2, sent]);
  });

  it('and by itself where the registry announces nothing', async () => {
    const { world, image, markOf, pass } = await quarantined();
    world.registry.removeTag('acme/app', tagOf(image));
    await pass(20 * MINUTE, MINUTE);
    expect(markOf(image)).toBe(image.digest);
  });

  it('is put back three times a day; then people hear that it does not stay, and the record says that there is none', async () => {
    const { world, driver, image, puts, told, markOf, verdicts, pass } = await quarantined();
    for (let n = 1; n <= 6; n++) {
      world.advance(2 * HOUR);
      world.registry.removeTag('acme/app', tagOf(image));
      await driver.deliver(removal(image, { tag: tagOf(image), digest: null }));
      await driver.untilQuiet();
      expect([puts(image), told('mark-removed')]).toEqual([Math.min(n, 3) + 1, n > 3 ? 1 : 0]);
    }
    expect(await verdicts(image)).toMatchObject([{ mark: 'none', outcome: 'fail-missing', state: 'final' }]);
    expect(markOf(image)).toBeUndefined();
    await pass(48 * HOUR, HOUR);
    expect(markOf(image)).toBe(image.digest);
    expect([puts(image), told('failed')]).toEqual([5, 1]);
  });

  it('an image that is deleted is gone, mark and all, and is marked when it is pushed again', async () => {
    const { world, driver, image, told, markOf, verdicts } = await quarantined();
    world.registry.removeManifest(image.digest);
    await driver.deliver(removal(image));
    await driver.deliver(removal(image, { tag: 'v1', digest: null }));
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ mark: 'none', state: 'gone' }]);
    world.registry.putManifest('acme/app', image.bytes, image.mediaType, 'v1');
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    expect(markOf(image)).toBe(image.digest);
    expect(await verdicts(image)).toMatchObject([{ mark: 'quarantined', state: 'final' }]);
    expect(told('failed')).toBe(1);
  });

  it('is found where no event tells of either: deleted, and pushed again', async () => {
    const { world, driver, image, markOf } = await quarantined();
    world.registry.removeManifest(image.digest);
    world.registry.putManifest('acme/app', image.bytes, image.mediaType, 'v1');
    await driver.deliver(pushOf(image, 'v1'));
    await driver.untilQuiet();
    expect(markOf(image)).toBe(image.digest);
  });

  it('a registry that does not answer takes no mark off the record', async () => {
    const { world, driver, image, puts, verdicts } = await quarantined();
    const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    world.registry.failOn(`GET acme/app manifests/${tagOf(image)}`, fault);
    await driver.deliver(pushOf(image, 'v2'));
    await driver.untilQuiet();
    expect(await verdicts(image)).toMatchObject([{ mark: 'quarantined' }]);
    expect(puts(image)).toBe(1);
  });

  it('an image released by hand is not marked again, although the registry tells of the tag that went', async () => {
    const { world, driver, image, puts, markOf, verdicts } = await quarantined();
    const subject = { registryId: 'prod', repository: 'acme/app', digest: image.digest };
    const by = { now: world.now(), tag: tagOf(image), by: 'alice', effects: [] };
    const [ref] = await db.records.manual.request(subject, 'release', by);
    await driver.process().work({ kind: 'apply-quarantine', effectId: ref?.id ?? '', attempt: 0 });
    await driver.deliver(removal(image, { tag: tagOf(image), digest: null }));
    await driver.untilQuiet();
    expect(markOf(image)).toBeUndefined();
    expect(await verdicts(image)).toMatchObject([{ mark: 'released' }]);
    expect(puts(image)).toBe(1);
  });
});

describe('a change of what is in force', () => {
  it.each(['policy', 'trust'] as const)(
    'of %s judges every image anew, and repeats no tag and no message',
    async (what) => {
      const { world, driver, puts, told, verdicts, pass } = await openScene(db);
      const good = putImage(world.registry, { tag: 'v1' });
      sign(world, good);
      const bad = putImage(world.registry, { tag: 'v2' });
      sign(world, bad, MALLORY);
      const unsigned = putImage(world.registry, { tag: 'v3' });
      const parts = [putImage(world.registry), putImage(world.registry, { tag: 'v4-arm64' })];
      const index = putIndex(world.registry, parts, 'v4');
      sign(world, index);
      // Garbage on a part: by itself it fails.
      putBundle(world.registry, parts[0]!, '{"garbage":1}');
      await driver.deliver(pushOf(index, 'v4'));
      await driver.drain();
      for (const [image, tag] of [
        [good, 'v1'],
        [bad, 'v2'],
        [unsigned, 'v3'],
        [parts[0]!, null],
        [parts[1]!, 'v4-arm64'],
      ] as const) {
        await driver.deliver(pushOf(image, tag));
      }
      await driver.untilQuiet();
      const before = await verdicts();
      const sent = world.sent.length;
      expect(before.map((each) => each.outcome).toSorted()).toEqual([
        'fail-evidence',
        'fail-missing',
        'pass',
        'pass',
        'pass',
        'pass',
      ]);
      expect([puts(), told('failed')]).toEqual([2, 2]);
      await pass(10 * MINUTE, MINUTE);
      driver.restart();
      if (what === 'policy') world.setPolicy(POLICY.replace('name: acme', 'name: acme-apps'));
      else world.setTrustEpoch(2);
      // The parts come before their index, too.
      await db.pool.query(
        `UPDATE verdicts v SET judged_at = v.judged_at + interval '1 second' FROM subjects s
      WHERE s.id = v.subject_id AND s.digest = $1`,
        [index.digest],
      );
      await driver.untilQuiet();
      expect(await verdicts()).toEqual(before);
      expect(world.sent.length).toBe(sent);
      expect(puts()).toBe(2);
      const { rows } = await db.pool.query(
        'SELECT DISTINCT policy_revision, trust_epoch FROM verdicts WHERE is_current',
      );
      expect(rows).toHaveLength(1);
    },
  );

  it('of the policy, which lets an image of an index fail after all, tells of it once its index has failed', async () => {
    const { world, driver, told, markOf } = await openScene(db);
    const part = putImage(world.registry, { tag: 'v1-arm64' });
    const index = putIndex(world.registry, [part], 'v1');
    sign(world, index);
    for (const [image, tag] of [
      [index, 'v1'],
      [part, 'v1-arm64'],
    ] as const)
      await driver.deliver(pushOf(image, tag));
    await driver.untilQuiet();
    expect(told('failed')).toBe(0);
    world.setPolicy(STRICTER);
    world.advance(HOUR);
    await driver.untilQuiet();
    for (const image of [index, part]) {
      expect(told('failed', image)).toBe(1);
      expect(markOf(image)).toBe(image.digest);
    }
  });

  it('to observing drops the writes that were not made', async () => {
    const { world, driver, puts, pass } = await openScene(db, {
      quarantine: { breaker: breakerOf({ perHour: 1, share: 1 }) },
    });
    world.setPolicy(WITHOUT_GRACE);
    for (const tag of ['v1', 'v2', 'v3']) {
      const image = putImage(world.registry, { tag });
      sign(world, image, MALLORY);
      await driver.deliver(pushOf(image, tag));
    }
    await driver.drain();
    expect(puts()).toBe(1);
    world.configure({ quarantine: { mode: 'observe' } });
    driver.restart();
    await pass(3 * HOUR, 5 * MINUTE);
    expect(puts()).toBe(1);
    await driver.untilQuiet();
  });

  it('to a configuration without the registry, and back, judges all its images again', async () => {
    const { world, driver, verdicts, pass } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    world.configure({ isConfigured: false });
    world.setPolicy(POLICY.replace('name: acme', 'name: acme-apps'));
    driver.restart();
    await pass(10 * MINUTE, 20_000);
    const idle = driver.calls.filter((name) => name === 'judgements.begin').length;
    await pass(10 * MINUTE, 20_000);
    expect(driver.calls.filter((name) => name === 'judgements.begin')).toHaveLength(idle);
    expect(await verdicts(image)).toMatchObject([{ state: 'parked' }]);
    world.configure({ isConfigured: true });
    driver.restart();
    await pass(MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ state: 'final', outcome: 'pass' }]);
  });
});

describe('E2, L9: the breaker', () => {
  const LIMIT = 20;
  const many = { perHour: 1_000, share: 1 };
  const breaker = breakerOf({ perHour: LIMIT, share: 1 }, many, many);

  it('lets exactly its number through when many images fail at once, tells people, and makes the rest when it closes', async () => {
    const { world, driver, puts, told, pass } = await openScene(db, { quarantine: { breaker } });
    world.setPolicy(WITHOUT_GRACE);
    // Some in each of seven repositories: of more than ten, people would hear in one message.
    const placeOf = (n: number) => `acme/app-${n % 7}`;
    const images = Array.from({ length: 50 }, (_, n) =>
      putImage(world.registry, { tag: `v${n}`, repository: placeOf(n) }),
    );
    for (const [n, image] of images.entries()) {
      sign(world, image, MALLORY, placeOf(n));
      await driver.deliver({ ...pushOf(image, `v${n}`), repository: placeOf(n) });
    }
    // Several at once, as the daemon has it.
    const work = async () => {
      for (let job = world.queue.take(); job !== undefined; job = world.queue.take()) {
        await driver.process().work(job);
        world.queue.end(job);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await work();
    expect(puts()).toBe(LIMIT);
    expect(told('failed')).toBe(images.length);
    const held = world.sent.filter(
      ({ announcement }) => announcement.kind === 'failed' && announcement.action.kind === 'held',
    );
    expect(held).toHaveLength(images.length - LIMIT);
    expect(told('breaker-open')).toBe(1);
    const [paused] = world.sent.filter(({ announcement }) => announcement.kind === 'breaker-open');
    expect(paused?.announcement.action.sentence).toMatch(/The limit of 20 quarantines in an hour is reached/);
    await pass(50 * MINUTE, 5 * MINUTE);
    expect(puts()).toBe(LIMIT);
    expect(told('breaker-open')).toBe(1);
    await pass(20 * MINUTE, 5 * MINUTE);
    expect(puts()).toBe(2 * LIMIT);
    await pass(2 * HOUR, 5 * MINUTE);
    expect(puts()).toBe(images.length);
    // Once an hour, as long as it holds writes back.
    expect(told('breaker-open')).toBeLessThanOrEqual(3);
    expect(told('failed')).toBe(images.length);
    await driver.untilQuiet();
  });

  it('forgets what it held when the policy is put right: the images pass, and nothing more is written', async () => {
    const { world, driver, puts, told } = await openScene(db, {
      quarantine: { breaker: breakerOf({ perHour: 2, share: 1 }) },
    });
    const images = Array.from({ length: 6 }, (_, n) => putImage(world.registry, { tag: `v${n}` }));
    world.setPolicy(STRICTER);
    for (const [n, image] of images.entries()) {
      sign(world, image);
      await driver.deliver(pushOf(image, `v${n}`));
    }
    world.advance(2 * MINUTE);
    await driver.round();
    // Each was looked at while others were not, and one of those might have been its index.
    world.advance(MINUTE);
    await driver.round();
    expect(puts()).toBe(2);
    world.setPolicy(POLICY);
    driver.restart();
    world.advance(HOUR);
    await driver.untilQuiet();
    expect(puts()).toBe(2);
    expect(world.registry.tags('acme/app')).toEqual(
      Object.fromEntries(images.map((image, n) => [`v${n}`, image.digest])),
    );
    expect(told('resolved')).toBe(images.length);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

describe('I5: a registry that is away', () => {
  const DOWN = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
  const BUSY = new FaultError('REGISTRY_RATE_LIMITED', '429', { retryable: true, retryAfterMs: 365 * DAY });
  const FORBIDDEN = new FaultError('REGISTRY_DENIED', '403', { retryable: false });

  it.each([
    ['answers 503', DOWN],
    ['asks to come back in a year', BUSY],
    ['refuses our credentials', FORBIDDEN],
  ])('%s: no write, no failure, one message an hour; then every image has its verdict', async (_, fault) => {
    const { world, driver, pass, puts, told, verdicts } = await openScene(db);
    const images = Array.from({ length: 8 }, () => putImage(world.registry, { tag: 'v1' }));
    images.forEach((image, at) => void (at % 2 === 0 && sign(world, image)));
    world.registry.failOn('GET', fault);
    for (const image of images) await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    await pass(90 * MINUTE, 30_000);
    expect(puts()).toBe(0);
    expect(new Set((await verdicts()).map((each) => each.outcome))).toEqual(new Set(['indeterminate']));
    expect(told('cannot-verify')).toBe(2);
    expect(told('failed')).toBe(0);
    world.registry.failOn('GET', undefined);
    // I1: two minutes; a pause the registry asked for is respected for a quarter of an hour.
    await pass(fault === BUSY ? 15 * MINUTE : 2 * MINUTE);
    const after = await verdicts();
    expect(after.map((each) => [each.outcome, each.final]).toSorted()).toEqual(
      [...Array(4).fill(['fail-missing', true]), ...Array(4).fill(['pass', true])].toSorted(),
    );
    expect(puts()).toBe(4);
    expect(told('failed')).toBe(4);
  });

  it('once people have heard, a restart does not repeat it', async () => {
    const { world, driver, pass, told } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    world.registry.failOn('GET', DOWN);
    await driver.deliver(pushOf(image, 'v1'));
    for (let n = 0; n < 5; n++) {
      await pass(2 * MINUTE, 10_000);
      driver.restart();
    }
    expect(told('cannot-verify')).toBe(1);
  });

  it('I3: a write that is refused is made within the hour in which it is allowed, and people have heard why not', async () => {
    const { world, driver, pass, puts, told, markOf } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    world.registry.failOn('PUT', FORBIDDEN);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    expect(told('failed', image)).toBe(1);
    expect(world.sent[0]?.announcement.action).toMatchObject({
      kind: 'held',
      sentence: expect.stringContaining('403'),
    });
    await pass(60 * MINUTE, MINUTE);
    expect(puts()).toBe(2);
    world.registry.failOn('PUT', undefined);
    await pass(60 * MINUTE, MINUTE);
    expect(markOf(image)).toBe(image.digest);
    expect(told('failed', image)).toBe(1);
  });

  it('I2: a tag that a lost request puts there after the release has looked comes off all the same', async () => {
    const { world, driver, pass, markOf, told } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    const lost = new FaultError('REGISTRY_TIMEOUT', 'no answer', { retryable: true });
    world.registry.failOn('PUT', lost);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    await driver.deliver(pushOf(sign(world, image)));
    await driver.drain();
    await pass(30_000);
    // A proxy has kept the request for half a minute.
    const { bytes, mediaType, digest } = image;
    world.registry.putManifest('acme/app', bytes, mediaType, `quarantined-${digest.slice(7)}`);
    expect(markOf(image)).toBe(image.digest);
    world.registry.failOn('PUT', undefined);
    await driver.untilQuiet();
    expect(markOf(image)).toBeUndefined();
    expect(told('resolved', image)).toBe(1);
  });
});

describe('a registry whose announcement comes before the image can be read', () => {
  it.each([
    ['with its digest', {}],
    ['by its tag alone', { digest: null }],
  ])('%s: the image is judged all the same', async (_, over) => {
    const { world, driver, pass, markOf } = await openScene(db);
    const elsewhere = createMemoryRegistry();
    const image = putImage(elsewhere, { tag: 'v1' });
    await driver.deliver({ ...pushOf(image, 'v1'), ...over });
    await driver.drain();
    await pass(10_000, 2_000);
    world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, 'v1');
    await pass(3 * MINUTE);
    expect(markOf(image)).toBe(image.digest);
  });

  it('and that never has it: is asked twice, and no more', async () => {
    const { world, driver, pass, verdicts } = await openScene(db);
    const image = putImage(createMemoryRegistry(), { tag: 'v1' });
    await driver.deliver(pushOf(image, 'v1'));
    await driver.deliver({ ...pushOf(image, 'v2'), digest: null });
    await driver.drain();
    await pass(10 * MINUTE, 10_000);
    expect(world.registry.requests.filter((line) => line.endsWith(`manifests/${image.digest}`))).toHaveLength(2);
    expect(world.registry.requests.filter((line) => line.endsWith('manifests/v2'))).toHaveLength(2);
    expect(await verdicts(image)).toMatchObject([{ state: 'gone', outcome: null }]);
    await driver.untilQuiet();
  });
});

describe('I5: what stops Lazaret itself', () => {
  it('is told once an hour, in one message with the count and examples, however many repositories it holds up', async () => {
    let isWrong = true;
    const wrong = new FaultError('CLOCK_UNTRUSTED', 'the clock of this machine cannot be believed', {
      retryable: true,
    });
    const trust = () => {
      if (isWrong) throw wrong;
      return { epoch: 1, roots: new Map() };
    };
    const { world, driver, pass, told, puts } = await openScene(db, { trust, policy: WITHOUT_GRACE });
    for (let n = 0; n < 12; n++) {
      const repository = `acme/app-${n}`;
      const image = putImage(world.registry, { repository, tag: 'v1' });
      sign(world, image, MALLORY, repository);
      await driver.deliver({ ...pushOf(image, 'v1'), repository });
    }
    await driver.drain();
    await pass(50 * MINUTE, MINUTE);
    expect(told('cannot-verify')).toBe(1);
    await pass(15 * MINUTE, MINUTE);
    expect([told('cannot-verify'), puts()]).toEqual([2, 0]);
    const { held } = world.sent
      .filter(({ announcement }) => announcement.kind === 'cannot-verify')
      .at(-1)!.announcement;
    expect(held?.count).toBe(12);
    expect(held?.images).toHaveLength(5);
    expect(held?.images[0]).toContain('(CLOCK_UNTRUSTED)');
    isWrong = false;
    await driver.untilQuiet();
    expect(told('cannot-verify')).toBe(2);
  });
});

describe('a queue that is away', () => {
  it('is no reason not to acknowledge, and all is made up for when it is back', async () => {
    const { world, driver, pass, markOf, verdicts } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    world.queue.setAway(true);
    await driver.deliver(pushOf(image, 'v1'));
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ state: 'pending' }]);
    world.queue.setAway(false);
    await pass(2 * MINUTE);
    expect(markOf(image)).toBe(image.digest);
  });

  it('is not waited for again and again: one call that fails is enough for a delivery', async () => {
    const { world } = await openScene(db);
    let calls = 0;
    const process = world.start((name, call) => {
      if (name === 'queue.add') calls += 1;
      return call();
    });
    world.queue.setAway(true);
    await process.receive(Array.from({ length: 20 }, () => pushOf(putImage(world.registry), 'v1')));
    expect(calls).toBe(1);
  });

  it('may be wiped after every step', async () => {
    const { world, driver, pass, puts, told, verdicts } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    await driver.deliver(pushOf(image, 'v1'));
    for (let n = 0; n < 40; n++) {
      world.queue.wipe();
      world.advance(20_000);
      await driver.process().sweep();
      const job = world.queue.take();
      if (job !== undefined) await driver.process().work(job);
    }
    await pass(MINUTE);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-evidence', final: true, mark: 'quarantined' }]);
    expect([puts(image), told('failed', image)]).toEqual([1, 1]);
  });
});

describe('D4: a clock that is wrong', () => {
  it.each([
    ['a year and more ahead', 400 * DAY],
    ['an hour ahead', 60 * MINUTE],
    ['ten years behind', -3_650 * DAY],
    ['an hour behind', -60 * MINUTE],
  ])(
    '%s for a while: an image signed in its time stays untouched, an unsigned one ends quarantined once',
    async (_, jump) => {
      const { world, driver, pass, puts, told, verdicts, markOf } = await openScene(db);
      const [good, bad] = [putImage(world.registry, { tag: 'v1' }), putImage(world.registry, { tag: 'v2' })];
      for (const [image, tag] of [
        [good, 'v1'],
        [bad, 'v2'],
      ] as const)
        await driver.deliver(pushOf(image, tag));
      await driver.drain();
      await pass(5_000);
      world.advance(jump);
      await pass(30_000);
      const late = putImage(world.registry, { tag: 'v3' });
      await driver.deliver(pushOf(late, 'v3'));
      await pass(10_000);
      expect(puts()).toBe(0);
      world.advance(-jump);
      await pass(5_000);
      // 50 s after the push, by a watch.
      await driver.deliver(pushOf(sign(world, good)));
      await driver.drain();
      expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', final: true }]);
      await pass(3 * MINUTE);
      expect(puts(good)).toBe(0);
      for (const image of [bad, late]) {
        expect(markOf(image)).toBe(image.digest);
        expect([puts(image), told('failed', image)]).toEqual([1, 1]);
      }
    },
  );

  it('set back to the right time, finds what was begun and planned while it was ahead', async () => {
    const { world, driver, pass, puts, told } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    sign(world, image, MALLORY);
    const writer = new FaultError('REGISTRY_ERROR', '503', { retryable: true });
    world.registry.failOn('PUT', writer);
    world.advance(400 * DAY);
    await driver.deliver(pushOf(image, 'v1'));
    await pass(MINUTE);
    const event = putImage(world.registry, { tag: 'v2' });
    await driver.deliver({ ...pushOf(event, 'v2'), digest: null });
    world.queue.wipe();
    world.registry.failOn('PUT', undefined);
    world.advance(-400 * DAY);
    await pass(3 * MINUTE);
    expect([puts(event), told('failed', event)]).toEqual([1, 1]);
    expect(told('failed', image)).toBe(1);
    await driver.untilQuiet();
  });
});

describe('a sink that refuses a message for good', () => {
  const refused = (isRetryable: boolean) =>
    new FaultError('SINK_REFUSED', 'the mail server answered "550 no such mailbox"', { retryable: isRetryable });

  it.each([
    ['a 5xx is not tried again, and a concern to tell elsewhere', { isRetryable: false, concerns: 1, messages: 0 }],
    ['a 4xx is tried again, and nobody else is bothered', { isRetryable: true, concerns: 0, messages: 1 }],
  ])('%s', async (_, { isRetryable, concerns, messages }) => {
    let calls = 0;
    const { world, driver, pass, told } = await openScene(db, {
      policy: WITHOUT_GRACE,
      beforeNotice: () => {
        if (calls++ === 0) throw refused(isRetryable);
      },
    });
    await driver.deliver(pushOf(putImage(world.registry, { tag: 'v1' }), 'v1'));
    await driver.drain();
    await pass(MINUTE);
    expect(told('failed')).toBe(messages);
    expect(world.concerns.map(({ kind, problem }) => [kind, problem])).toEqual(
      Array.from({ length: concerns }, () => ['unsaid', 'the mail server answered "550 no such mailbox"']),
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { type Sent, WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { ALICE, MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const FLOODED = 'acme/junk';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

async function openFlood(options: Parameters<typeof openScene>[1] = {}) {
  const scene = await openScene(db, options);
  const { world, driver } = scene;
  world.setPolicy(WITHOUT_GRACE);
  let serial = 0;
  const push = async (count: number, repository = FLOODED, signedBy?: typeof ALICE): Promise<StoredManifest[]> => {
    const images: StoredManifest[] = [];
    for (let n = 0; n < count; n++) {
      const tag = `v${++serial}`;
      const image = putImage(world.registry, { repository, tag });
      if (signedBy !== undefined) sign(world, image, signedBy, repository);
      await driver.deliver({ ...pushOf(image, tag), repository });
      images.push(image);
    }
    return images;
  };
  const together = (): readonly Sent[] => world.sent.filter(({ announcement }) => announcement.kind === 'several');
  return { ...scene, push, together };
}

/** How the notices of the record ended: state, and what is said of it. */
async function notices(): Promise<readonly { state: string; result: string | null; error: string | null }[]> {
  const { rows } = await db.pool.query(`SELECT state, result, error FROM effects WHERE kind = 'notice' ORDER BY id`);
  return rows;
}

describe('floods of notices', () => {
  it('P9: above ten a minute in one repository they are one message, and the image of another is told of at once', async () => {
    const { world, driver, push, told, together, pass } = await openFlood();
    const junk: StoredManifest[] = [];
    for (let n = 0; n < 10; n++) {
      junk.push(...(await push(1)));
      await driver.drain();
    }
    expect(world.sent).toHaveLength(10);
    junk.push(...(await push(110)));
    await driver.drain();
    expect(world.sent).toHaveLength(10);
    const [other] = await push(1, 'acme/app');
    await driver.drain();
    expect(world.sent.at(-1)?.announcement).toMatchObject({ kind: 'failed', digest: other?.digest });
    expect(world.sent).toHaveLength(11);
    await pass(MINUTE, 20 * SECOND);
    expect(world.sent).toHaveLength(12);
    expect(told('failed')).toBe(junk.length + 1);
    const [message] = together();
    expect(message?.announcement).toMatchObject({
      image: 'registry.example.com/acme/junk',
      reason: '110 messages about 110 images of one repository came at once: 110 failed.',
      commands: { look: 'lazaret quarantine list --failing --repository registry.example.com/acme/junk' },
      mayBeRepeat: false,
    });
    expect(message?.announcement.listed?.images).toHaveLength(20);
    for (const { outcome, reason, action } of message?.announcement.listed?.images ?? []) {
      expect([outcome, action.kind]).toEqual(['fail-missing', 'tagged']);
      expect(reason).not.toBe('');
    }
    await driver.untilQuiet();
  });

  it('P9: while it goes on there is one message a minute; then each is told alone again', async () => {
    const { world, driver, push, pass, told } = await openFlood();
    await push(12);
    await driver.drain();
    for (let minute = 0; minute < 5; minute++) {
      await push(15);
      await pass(MINUTE, 10 * SECOND);
    }
    expect(world.sent.length).toBeLessThanOrEqual(10 + 5);
    await pass(3 * MINUTE, 10 * SECOND);
    expect(told('failed')).toBe(12 + 5 * 15);
    const before = world.sent.length;
    await push(1);
    await driver.drain();
    expect(world.sent.slice(before).map(({ announcement }) => announcement.kind)).toEqual(['failed']);
  });

  it('P9: what fails and what passes again stand in it both, the most severe first', async () => {
    const { world, driver, push, together, pass } = await openFlood();
    const marked = await push(6);
    await driver.untilQuiet();
    await pass(2 * MINUTE, MINUTE);
    await push(40);
    const strange = await push(1, FLOODED, MALLORY);
    for (const image of marked) {
      const signature = sign(world, image, ALICE, FLOODED);
      await driver.deliver({ ...pushOf(signature), repository: FLOODED });
    }
    await driver.drain();
    await pass(MINUTE, 10 * SECOND);
    const [message] = together();
    const images = message?.announcement.listed?.images ?? [];
    expect(images[0]?.digest).toBe(strange[0]?.digest);
    expect(images.map(({ kind }) => kind)).toEqual([
      ...Array(images.length - 4).fill('failed'),
      ...Array(4).fill('resolved'),
    ]);
    expect(images.at(-1)?.action.kind).toBe('untagged');
    expect(message?.announcement.listed?.counts).toMatchObject({ resolved: 6 });
    expect(message?.announcement.outcome).toBe('fail-evidence');
  });

  it('of an image that failed and passes again meanwhile it tells how it stands, once', async () => {
    const { world, driver, push, together, pass } = await openFlood();
    const images = await push(20);
    await driver.drain();
    const last = images.at(-1)!;
    await driver.deliver({ ...pushOf(sign(world, last, ALICE, FLOODED)), repository: FLOODED });
    await driver.drain();
    await pass(MINUTE, 10 * SECOND);
    const listed = together()[0]?.announcement.listed;
    expect(listed?.counts).toEqual({ failed: 19, resolved: 1 });
    expect(listed?.images.filter(({ digest }) => digest === last.digest).map(({ kind }) => kind)).toEqual(['resolved']);
    await driver.untilQuiet();
    expect((await notices()).every(({ state }) => state === 'done')).toBe(true);
  });

  it('the record says of each with which message it went', async () => {
    const { driver, push, together, pass } = await openFlood();
    await push(14);
    await driver.drain();
    await pass(MINUTE, 10 * SECOND);
    await push(1);
    await pass(3 * MINUTE, MINUTE);
    const as = `sent with others as ${together()[0]?.announcement.id}`;
    expect((await notices()).map(({ result }) => result)).toEqual([...Array(14).fill(as), 'sent']);
  });

  it('the pause of quarantine, and what cannot be verified, are told at once among them', async () => {
    const limit = { perHour: 1, share: 1 };
    const breaker = { ...limit, perRegistry: limit, perRepository: limit };
    const { world, driver, push } = await openFlood({ quarantine: { breaker } });
    await push(30);
    await driver.drain();
    expect(world.sent.filter(({ announcement }) => announcement.kind === 'breaker-open')).toHaveLength(1);
  });

  it.each(['killed before', 'killed after'] as const)(
    'I4: a process %s the message is sent loses none, and repeats it by the same name',
    async (when) => {
      const scene = await openFlood();
      const { world, driver, push, together, told, pass } = scene;
      await push(16);
      await driver.drain();
      world.advance(MINUTE);
      const [leader] = (await db.records.outbox.findDue(world.now(), 100)).filter(({ kind }) => kind === 'notice');
      if (when === 'killed before') await db.records.outbox.begin(leader?.id ?? '', world.now());
      else {
        const deaf = world.start((name, call) => (name === 'outbox.finish' ? new Promise(() => {}) : call()));
        void deaf.work({ kind: 'send-notice', effectId: leader?.id ?? '', attempt: 0 });
        await expect.poll(() => together().length).toBe(1);
      }
      // Meanwhile others come: they are no part of what may be a repeat.
      await push(3);
      await driver.drain();
      driver.restart();
      await pass(4 * MINUTE, 10 * SECOND);
      await driver.untilQuiet();
      const [first, ...more] = together().map(({ announcement }) => announcement);
      const repeats = when === 'killed before' ? [first] : more.filter(({ id }) => id === first?.id);
      expect(repeats).toMatchObject([{ mayBeRepeat: true, listed: { counts: { failed: 16 } } }]);
      expect((await notices()).every(({ state }) => state === 'done')).toBe(true);
      expect(told('failed')).toBe(19 + (when === 'killed before' ? 0 : 16));
    },
  );

  it('I4: a place that does not answer gets the same message later, whole', async () => {
    let fault: FaultError | null = null;
    const { world, driver, push, together, pass, told } = await openFlood({
      beforeNotice: () => {
        if (fault !== null) throw fault;
      },
    });
    await push(30);
    await driver.drain();
    expect(world.sent).toHaveLength(0);
    fault = new FaultError('SINK_REPLY_UNKNOWN', 'it may have arrived', { retryable: true });
    await pass(2 * MINUTE, 10 * SECOND);
    expect(world.sent).toHaveLength(0);
    fault = null;
    await pass(12 * MINUTE, 20 * SECOND);
    expect(together().map(({ announcement }) => announcement)).toMatchObject([
      { mayBeRepeat: true, listed: { counts: { failed: 30 } } },
    ]);
    expect(told('failed')).toBe(30);
  });

  it('I4: what a place did not hear for hours is one message when it hears again', async () => {
    let isDown = true;
    const { world, push, told, pass } = await openFlood({
      beforeNotice: () => {
        if (isDown) throw new FaultError('SINK_UNREACHABLE', 'nobody there', { retryable: true });
      },
    });
    for (let n = 0; n < 24; n++) {
      await push(1);
      await pass(5 * MINUTE, 5 * MINUTE);
    }
    isDown = false;
    await pass(15 * MINUTE, 20 * SECOND);
    expect(told('failed')).toBe(24);
    expect(world.sent.length).toBeLessThan(24);
  });

  it('one that is refused for good has all of it refused on record, and is a concern once', async () => {
    let refuses = false;
    const { world, driver, push, pass } = await openFlood({
      beforeNotice: () => {
        if (refuses) throw new FaultError('SINK_REFUSED', 'no such webhook', { retryable: false });
      },
    });
    await push(15);
    await driver.drain();
    refuses = true;
    await pass(MINUTE, 10 * SECOND);
    const ends = await notices();
    expect(ends.filter(({ state }) => state === 'failed').map(({ error }) => error)).toEqual(
      Array(15).fill('SINK_REFUSED: no such webhook'),
    );
    expect(world.concerns).toHaveLength(1);
  });
});

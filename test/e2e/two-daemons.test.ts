import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LazaretDaemon } from '../support/lazaret-daemon.ts';
import { pullDigest } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Announcer } from './world/announcer.ts';
import { look, mailsAbout, markTagOf, markWrites, slackAbout, waitForOutcome } from './world/look.ts';
import { type PushedImage, push, pushSigned } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

/** What a dead daemon was at is taken up after ten seconds, and its writes and messages eight later. */
const TAKEN_UP_MS = 150_000;

describeWithPart(['olareg', 'postgres', 'redis'], 'two daemons on one PostgreSQL and one Redis', () => {
  let world: World;
  let twin: { readonly daemon: LazaretDaemon; readonly announcer: Announcer };
  beforeAll(async () => {
    world = await startWorld({ registry: 'olareg', source: 'webhook', stores: 'external' });
    twin = await world.startTwin();
  });
  afterAll(() => world?.stop());

  const newsOf = (image: PushedImage) => ({
    host: world.registry.host,
    repository: image.repository,
    tag: 'v1',
    pushed: image,
  });
  const verdictLines = (image: PushedImage) =>
    [world.daemon(), twin.daemon]
      .flatMap((daemon) => daemon.logs())
      .filter((line) => line['digest'] === image.digest && (line['msg'] === 'verdict' || line['msg'] === 'waiting'));

  it('A2, I3, I4: both hear of a push many times, and write one tag and send one message to each place', async () => {
    const image = await pushSigned(world, 'acme/strict/twice', 'stranger');
    const announcers = [world.announcer, twin.announcer];
    await Promise.all(Array.from({ length: 20 }, (_, n) => announcers[n % 2]?.announce(newsOf(image))));
    const seen = await waitForOutcome(world, image, 'fail-evidence');
    expect(seen.mark).toBe('quarantined');
    expect(markWrites(world, image.repository)).toBe(1);
    expect([slackAbout(world, image.digest).length, mailsAbout(world, image.digest).length]).toEqual([1, 1]);
  });

  it('D3: have one number for their trust, agreed on record, and nobody looks again', async () => {
    // Evidence that is announced asks for one look more, or none if it comes first.
    const image = await pushSigned(world, 'acme/strict/settled', 'good', 'quietly');
    await waitForOutcome(world, image, 'pass');
    // Whoever has the higher number asks for another look, until it is the one that takes it up from the common queue.
    for (let [round, quiet] = [0, 0]; quiet < 2; round++) {
      expect(round, 'rounds until nobody looks again').toBeLessThan(12);
      const before = verdictLines(image).length;
      // Its grace is longer than the sweepers take to go round.
      await waitForOutcome(world, await push(world, `acme/strict/round-${round}`), 'fail-missing');
      quiet = verdictLines(image).length === before ? quiet + 1 : 0;
    }
    const epochs = (await look(world, image.repository, image.digest))?.verdicts.map(({ trustEpoch }) => trustEpoch);
    expect(new Set(epochs).size).toBe(1);
  });

  it('I1, I3, I4: one is killed at work, and the other ends all of it', async () => {
    const pushes = Array.from({ length: 12 }, (_, n) => pushSigned(world, `acme/strict/orphan-${n}`, 'stranger'));
    const images = await Promise.all(pushes);
    await Promise.all(images.map((image) => twin.announcer.announce(newsOf(image))));
    await twin.daemon.end('SIGKILL');
    let [repeatedWrites, repeatedMessages] = [0, 0];
    for (const image of images) {
      await waitFor(
        async () => {
          const seen = await look(world, image.repository, image.digest);
          return (
            seen?.final === true &&
            seen.effects.length > 0 &&
            seen.effects.every(({ state }) => ['done', 'superseded'].includes(state))
          );
        },
        {
          what: `${image.repository} to be settled`,
          timeoutMs: TAKEN_UP_MS,
          context: () => world.output().slice(-5000),
        },
      );
      expect(await pullDigest(world.registry.target, image.repository, markTagOf(image.digest))).toBe(image.digest);
      repeatedWrites += markWrites(world, image.repository) - 1;
      for (const messages of [slackAbout(world, image.digest), mailsAbout(world, image.digest)]) {
        expect(messages.length).toBeGreaterThanOrEqual(1);
        repeatedMessages += messages.length - 1;
      }
    }
    // What the dead one had begun, nobody can know the end of: four writes and four messages at a time.
    expect(repeatedWrites).toBeLessThanOrEqual(4);
    expect(repeatedMessages).toBeLessThanOrEqual(4);
  }, 300_000);
});

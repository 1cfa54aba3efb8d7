import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../support/cli/run.ts';
import { pullDigest } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { waitFor } from '../support/wait-for.ts';
import { look, mailsAbout, markTagOf, markWrites, slackAbout, waitForOutcome } from './world/look.ts';
import { type PushedImage, push, pushSigned, sign } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

/** A sweep begins at most once a minute, and what fails is looked at again after as long as it has been failing. */
const FOUND_MS = 240_000;

describeWithPart('registry', 'a daemon whose record was lost and restored from a backup', () => {
  let world: World;
  beforeAll(async () => {
    const sweep = { kind: 'poll', id: 'sweep', registry: 'prod', every: '1m' };
    world = await startWorld({ registry: 'distribution', source: 'webhook', stores: 'embedded', sources: [sweep] });
  }, 120_000);
  afterAll(() => world?.stop());

  /** Where our tag for it leads; this registry deletes no tags, so that a release points it elsewhere. */
  const leadsTo = ({ repository, digest }: PushedImage) =>
    pullDigest(world.registry.target, repository, markTagOf(digest));
  const becomes = (image: PushedImage, outcome: string, mark: string) =>
    waitFor(
      async () => {
        const seen = await look(world, image.repository, image.digest);
        const settled = seen?.final && seen.outcome === outcome && seen.mark === mark;
        return settled && seen.effects.every(({ state }) => ['done', 'superseded'].includes(state));
      },
      { what: `${image.repository} to be ${outcome}`, timeoutMs: FOUND_MS, context: () => world.output().slice(-6000) },
    );

  it('I2, I3, I4: recognises what it has tagged since, takes off what no longer holds, and says hardly anything twice', async () => {
    const before = await pushSigned(world, 'acme/strict/before', 'stranger');
    await waitForOutcome(world, before, 'fail-evidence');
    const released = await push(world, 'acme/strict/released');
    await waitForOutcome(world, released, 'fail-missing');

    const backup = join(world.dir, 'lazaret.backup.gz');
    const config = join(world.dir, 'lazaret.yaml');
    expect(await run(['backup', backup, '--config', config])).toMatchObject({ code: 0 });

    const after = await pushSigned(world, 'acme/strict/after', 'stranger');
    await waitForOutcome(world, after, 'fail-evidence');
    const mended = await push(world, 'acme/strict/mended');
    await waitForOutcome(world, mended, 'fail-missing');
    await sign(world, released, 'good');
    await becomes(released, 'pass', 'released');
    expect(await leadsTo(released)).not.toBe(released.digest);
    const writes = markWrites(world, released.repository);

    await world.kill();
    await rename(join(world.dir, 'data'), join(world.dir, 'lost'));
    expect(await run(['restore', backup, '--config', config])).toMatchObject({ code: 0 });
    // Nobody is there to hear of it.
    await sign(world, mended, 'good');
    await world.restart();

    await becomes(after, 'fail-evidence', 'quarantined');
    await becomes(released, 'pass', 'released');
    await becomes(mended, 'pass', 'none');
    await waitFor(async () => (await leadsTo(mended)) !== mended.digest, {
      what: 'the tag of an image that passes to be taken off',
      timeoutMs: FOUND_MS,
      context: () => world.output().slice(-6000),
    });
    expect(await leadsTo(released)).not.toBe(released.digest);
    expect(markWrites(world, released.repository)).toBe(writes);
    for (const image of [before, after]) {
      expect(await leadsTo(image)).toBe(image.digest);
      expect(markWrites(world, image.repository), image.repository).toBe(1);
    }
    for (const image of [before, released, after, mended]) {
      for (const messages of [slackAbout(world, image.digest), mailsAbout(world, image.digest)]) {
        expect(messages.length, image.repository).toBeGreaterThanOrEqual(1);
      }
    }
    const failures = (image: PushedImage) =>
      slackAbout(world, image.digest).filter((text) => /fail|quarantin/i.test(text));
    expect(slackAbout(world, before.digest)).toHaveLength(1);
    expect(failures(after).length).toBeLessThanOrEqual(2);
  }, 900_000);
});

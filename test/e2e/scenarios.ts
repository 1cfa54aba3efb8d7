import { afterAll, beforeAll, expect, it } from 'vitest';
import { pullDigest, pushManifest } from '../support/oci-push.ts';
import { describeWithPart, type Part } from '../support/parts.ts';
import { waitFor } from '../support/wait-for.ts';
import { expectMarked, expectQuarantined, expectReleased, expectUntouched } from './world/expectations.ts';
import {
  eventLines,
  mailsAbout,
  marksIn,
  markTagOf,
  markWrites,
  slackAbout,
  waitForLook,
  waitForOutcome,
} from './world/look.ts';
import { announce, push, pushSigned, sign } from './world/push.ts';
import { SECRETS } from './world/secrets.ts';
import { startWorld, type World, type WorldOptions } from './world/start-world.ts';

/** The whole way, once for each set of real parts. */
export function describeScenarios(name: string, parts: readonly Part[], options: WorldOptions): void {
  describeWithPart(parts, name, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld(options);
    });
    afterAll(() => world?.stop());
    demoImages(() => world);
    troubles(() => world);
    attacks(() => world);
    killed(() => world);
    ends(() => world);
  });
}

function demoImages(world: () => World): void {
  it('an image signed by the right workflow passes, untouched and in silence', async () => {
    const image = await pushSigned(world(), 'acme/strict/good', 'good');
    await waitForOutcome(world(), image, 'pass');
    await expectUntouched(world(), image);
  });

  it('an unsigned image is waited for, then quarantined and told of in both places', async () => {
    const image = await push(world(), 'acme/strict/unsigned');
    const seen = await waitForOutcome(world(), image, 'fail-missing');
    await expectQuarantined(world(), image);
    expect(seen.verdicts.at(-1)).toMatchObject({ outcome: 'fail-missing', final: false });
    const [mail] = mailsAbout(world(), image.digest);
    for (const text of [slackAbout(world(), image.digest)[0], mail?.text]) {
      expect(text).toContain(`${world().registry.host}/acme/strict/unsigned`);
      expect(text).toContain('v1');
      expect(text).toContain(seen.reason);
      expect(text).toContain(markTagOf(image.digest));
      expect(text).toContain('A tag does not block pulls');
      expect(text).toMatch(/lazaret verify \S+ --config \S+\.yaml/);
      expect(text).toMatch(/lazaret quarantine release \S+ --config \S+\.yaml/);
    }
    expect(mail?.html).toContain('<');
  });

  it('an image signed by a stranger is quarantined after its grace, and the message says who was expected and who signed', async () => {
    const image = await pushSigned(world(), 'acme/strict/stranger', 'stranger');
    await waitForOutcome(world(), image, 'fail-evidence');
    await expectQuarantined(world(), image);
    const [mail] = mailsAbout(world(), image.digest);
    expect(mail?.text).toContain('mallory/app');
    expect(mail?.text).toContain('acme/app/.github/workflows/release.yml');
  });

  it('an image whose provenance names the wrong source repository is quarantined, and the message names both', async () => {
    const image = await pushSigned(world(), 'acme/strict/wrong-source', 'wrong-source');
    await waitForOutcome(world(), image, 'fail-evidence');
    await expectQuarantined(world(), image);
    const [mail] = mailsAbout(world(), image.digest);
    expect(mail?.text).toContain('https://github.com/mallory/fork');
    expect(mail?.text).toContain('https://github.com/acme/app');
  });

  it('A9: an image signed late, but within its grace, passes and was never touched', async () => {
    const image = await push(world(), 'acme/patient/late');
    await waitForLook(world(), image, ({ state }) => state === 'waiting', 'the image to be waited for');
    await sign(world(), image, 'good');
    const seen = await waitForOutcome(world(), image, 'pass');
    expect(seen.effects).toEqual([]);
    await expectUntouched(world(), image);
  });

  it('A9: an image signed after its quarantine is released, and the same places hear "resolved"', async () => {
    const image = await push(world(), 'acme/strict/released');
    await waitForOutcome(world(), image, 'fail-missing');
    await sign(world(), image, 'good');
    const seen = await waitForOutcome(world(), image, 'pass');
    expect(seen.mark).toBe('released');
    await expectReleased(world(), image);
    expect(slackAbout(world(), image.digest)).toHaveLength(2);
    expect(slackAbout(world(), image.digest)[1]).toMatch(/resolved/i);
    expect(mailsAbout(world(), image.digest)).toHaveLength(2);
    expect(mailsAbout(world(), image.digest)[1]?.subject).toMatch(/resolved/i);
  });
}

function troubles(world: () => World): void {
  it('I5: a registry that answers 503 quarantines nobody; the image is judged when it answers again', async () => {
    const repository = 'acme/strict/outage';
    let refused = 0;
    world().registry.proxy.treat(({ method, path }) => {
      // The push itself must come through; what the daemon reads must not.
      if (method !== 'GET' || !path.includes(`/${repository}/`)) return 'pass';
      refused += 1;
      return { status: 503 };
    });
    const image = await push(world(), repository);
    const failed = await waitForLook(
      world(),
      image,
      ({ outcome }) => outcome === 'indeterminate',
      'an indeterminate look',
    );
    expect(refused).toBeGreaterThan(0);
    expect(failed.final).toBe(false);
    expect(failed.reason).toContain('503');
    expect(markWrites(world(), repository)).toBe(0);
    world().registry.proxy.treat(undefined);
    await waitForOutcome(world(), image, 'fail-missing');
    await expectQuarantined(world(), image);
  });

  it('D4: a clock that is ahead of what the registry says quarantines nobody; the image is judged when they agree', async () => {
    world().registry.proxy.shiftTime(-3_600_000);
    const image = await pushSigned(world(), 'acme/strict/ahead', 'stranger');
    const wanted = ({ outcome }: { readonly outcome: string | null }) => outcome === 'indeterminate';
    const failed = await waitForLook(world(), image, wanted, 'an indeterminate look');
    expect(failed.reason).toContain('CLOCK_UNTRUSTED');
    expect(failed.final).toBe(false);
    expect(markWrites(world(), image.repository)).toBe(0);
    world().registry.proxy.shiftTime(0);
    await waitForOutcome(world(), image, 'fail-evidence');
    await expectMarked(world(), image);
    // Its evidence is announced, too: a second look that cannot tell may have been told of before.
    const tag = markTagOf(image.digest);
    expect(slackAbout(world(), image.digest).filter((text) => text.includes(tag))).toHaveLength(1);
    expect(mailsAbout(world(), image.digest).filter(({ text }) => text.includes(tag))).toHaveLength(1);
  });

  it('A2: the same event 20 times is one verdict, one tag and one message for each sink', async () => {
    const image = await pushSigned(world(), 'acme/strict/repeated', 'stranger');
    const news = { host: world().registry.host, repository: image.repository, tag: 'v1', pushed: image };
    await Promise.all(Array.from({ length: 19 }, () => world().announcer.announce(news)));
    await waitForOutcome(world(), image, 'fail-evidence');
    await world().announcer.announce(news);
    const seen = await waitForLook(
      world(),
      image,
      ({ events, effects }) =>
        events.filter(({ event }) => event.tag === 'v1').length >= 20 && effects.every(({ state }) => state === 'done'),
      'all events to be on record',
    );
    expect(seen.verdicts.filter(({ final }) => final)).toHaveLength(1);
    await expectQuarantined(world(), image);
  });
}

function attacks(world: () => World): void {
  it("A8: our own tag's push comes back and is ignored", async () => {
    const image = await push(world(), 'acme/strict/echo');
    await waitForOutcome(world(), image, 'fail-missing');
    const tag = markTagOf(image.digest);
    await announce(world(), image.repository, tag, image);
    const [echo] = await waitFor(
      () => {
        const lines = eventLines(world(), image.repository, tag);
        return lines.length > 0 && lines;
      },
      { what: 'the echo' },
    );
    expect(echo).toMatchObject({ action: 'ignore', reason: 'it is our own quarantine tag' });
    const seen = await waitForOutcome(world(), image, 'fail-missing');
    expect(seen.verdicts.filter(({ final }) => final)).toHaveLength(1);
    await expectQuarantined(world(), image);
  });

  it('A8: an image of an attacker under a name like our tag is judged all the same', async () => {
    const repository = 'acme/strict/disguised';
    const victim = await push(world(), repository);
    await waitForOutcome(world(), victim, 'fail-missing');
    const disguised = await push(world(), repository, `quarantined-${'0'.repeat(12)}`);
    await waitForOutcome(world(), disguised, 'fail-missing');
    const covered = await push(world(), repository, markTagOf(victim.digest));
    await waitForOutcome(world(), covered, 'fail-missing');
    for (const image of [disguised, covered]) {
      expect(await pullDigest(world().registry.target, repository, markTagOf(image.digest))).toBe(image.digest);
    }
  });

  it('an image whose tag says that it is a signature is judged all the same', async () => {
    const tag = `sha256-${'1'.repeat(64)}.sig`;
    const image = await push(world(), 'acme/strict/so-called-signature', tag);
    await waitForOutcome(world(), image, 'fail-missing');
    expect(await marksIn(world(), image.repository)).toEqual([markTagOf(image.digest)]);
  });

  it('an event of an image that is not there leads to nothing', async () => {
    const repository = 'acme/strict/never-pushed';
    const bytes = Buffer.from('{"schemaVersion":2}');
    const other = await pushManifest(
      world().registry.target,
      'acme/elsewhere',
      'v1',
      {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [],
        annotations: { note: bytes.toString() },
      },
      'application/vnd.oci.image.index.v1+json',
    );
    await world().announcer.announce({ host: world().registry.host, repository, tag: 'v1', pushed: other });
    const seen = await waitForLook(
      world(),
      { repository, digest: other.digest },
      ({ state }) => state === 'gone',
      'the look',
    );
    expect(seen.effects).toEqual([]);
    expect(markWrites(world(), repository)).toBe(0);
  });
}

function killed(world: () => World): void {
  it.each(['before the tag is written', 'after the tag is written, before the reply'] as const)(
    'I3, I4: killed %s, the daemon writes one tag and sends one message for each sink after its restart',
    async (moment) => {
      const repository = `acme/strict/killed-${moment.startsWith('before') ? 'before' : 'after'}`;
      const { proxy } = world().registry;
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      proxy.treat(async ({ method, path }) => {
        if (method !== 'PUT' || !path.includes(`/${repository}/manifests/quarantined-`)) return 'pass';
        reach();
        if (moment.startsWith('after')) return 'lose-reply';
        await held;
        return { status: 503 };
      });
      const image = await push(world(), repository);
      await reached;
      if (moment.startsWith('after')) {
        await waitFor(async () => (await marksIn(world(), repository)).length === 1, {
          what: 'the tag in the registry',
        });
      }
      await world().kill();
      release();
      proxy.treat(undefined);
      await world().restart();
      await waitForOutcome(world(), image, 'fail-missing');
      expect(await marksIn(world(), repository)).toEqual([markTagOf(image.digest)]);
      expect(await pullDigest(world().registry.target, repository, markTagOf(image.digest))).toBe(image.digest);
      expect(slackAbout(world(), image.digest)).toHaveLength(1);
      expect(mailsAbout(world(), image.digest)).toHaveLength(1);
    },
  );
}

function ends(world: () => World): void {
  it('one correlation id leads from the event through the verdict to the effects', async () => {
    const image = await push(world(), 'acme/strict/correlated');
    const { correlationId } = await waitForOutcome(world(), image, 'fail-missing');
    const steps = world()
      .daemon()
      .logs()
      .filter((line) => line['correlationId'] === correlationId)
      .map((line) => line['msg']);
    expect(steps).toEqual(
      expect.arrayContaining(['event received', 'waiting', 'verdict', 'quarantine done', 'notice sent']),
    );
  });

  it('metrics count events, verdicts, requests and effects', async () => {
    const text = await (await fetch(`${world().daemon().url}/metrics`)).text();
    expect(text).toMatch(/lazaret_events_total\{source="[a-z]+",result="judge"\} [1-9]/);
    expect(text).toMatch(/lazaret_verdicts_total\{outcome="fail-missing",code="[A-Z_]+",final="true"\} [1-9]/);
    expect(text).toMatch(/lazaret_registry_requests_total\{registry="prod",status="200"\} [1-9]/);
    expect(text).toMatch(/lazaret_effects_total\{kind="quarantine",result="done"\} [1-9]/);
    expect(text).toMatch(/lazaret_effects_total\{kind="notice",result="done"\} [1-9]/);
    expect(text).toMatch(/lazaret_queue_jobs\{kind="judge-subject",state="waiting"\} \d/);
    expect(text).toMatch(/lazaret_lag_seconds \d/);
  });

  it('SIGTERM drains and ends with 0, and no secret was printed by any daemon of this run', async () => {
    expect(await world().daemon().end('SIGTERM')).toBe(0);
    const output = world().output();
    expect(output).toContain('verdict');
    for (const [name, secret] of Object.entries(SECRETS)) {
      expect(output.includes(secret), `the secret "${name}" was printed`).toBe(false);
      expect(output.includes(Buffer.from(secret).toString('base64')), `"${name}" was printed in base64`).toBe(false);
    }
  });
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPart } from '../support/parts.ts';
import { type PubsubServer, startPubsub } from '../support/servers/pubsub.ts';
import { waitFor } from '../support/wait-for.ts';
import type { PushNews } from './world/announcer.ts';
import { expectQuarantined, expectReleased, expectUntouched } from './world/expectations.ts';
import { waitForOutcome } from './world/look.ts';
import { push, pushSigned, sign } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

describeWithPart('olareg', 'a daemon that pulls what Artifact Registry tells Pub/Sub', () => {
  let pubsub: PubsubServer;
  let world: World;

  beforeAll(async () => {
    pubsub = await startPubsub();
    const { subscription, endpoint } = pubsub;
    const started = await startWorld({
      registry: 'olareg',
      source: 'webhook',
      stores: 'embedded',
      sources: [
        { kind: 'pubsub', id: 'gar', registry: 'prod', credentials: 'none', subscription, endpoint: endpoint.href },
      ],
    });
    const announcer = { announce: async (news: PushNews) => pubsub.publish(dataOf(news)), stop: async () => undefined };
    world = { ...started, announcer };
  });
  afterAll(async () => {
    await world?.stop();
    await pubsub?.stop();
  });

  const allTaken = () => waitFor(() => pubsub.left() === 0, { what: 'every message to be acknowledged' });

  it('marks the failing image, leaves the signed one alone, and releases the one that is signed late', async () => {
    const unsigned = await push(world, 'acme/strict/unsigned');
    const signed = await pushSigned(world, 'acme/strict/signed', 'good');
    await waitForOutcome(world, signed, 'pass');
    await expectUntouched(world, signed);
    await waitForOutcome(world, unsigned, 'fail-missing');
    await expectQuarantined(world, unsigned);
    await sign(world, unsigned, 'good');
    await waitForOutcome(world, unsigned, 'pass');
    await expectReleased(world, unsigned);
    await allTaken();
  });

  it('I3: takes after a crash what was published meanwhile, and twice what was published twice, to one verdict', async () => {
    await world.kill();
    const image = await push(world, 'acme/strict/while-away');
    pubsub.publish(dataOf({ host: world.registry.host, repository: image.repository, tag: 'v1', pushed: image }));
    expect(pubsub.left()).toBe(2);
    await world.restart();
    await waitForOutcome(world, image, 'fail-missing');
    await expectQuarantined(world, image);
    await allTaken();
  });

  it('A6: parks once what it cannot read, leaves it alone to the subscription, and goes on', async () => {
    pubsub.publish('{ "action": "INSERT"');
    const image = await push(world, 'acme/strict/after-bad');
    await waitForOutcome(world, image, 'fail-missing');
    await waitFor(() => pubsub.left() === 1, { what: 'the bad message alone to be left' });
    const metrics = await (await fetch(`${world.daemon().url}/metrics`)).text();
    expect(metrics).toContain('lazaret_deliveries_total{source="gar",result="malformed"} 1\n');
  });
});

/** The data of a message in the topic `gcr`. */
function dataOf({ host, repository, tag, pushed }: PushNews): string {
  const name = `${host}/${repository}`;
  return JSON.stringify({
    action: 'INSERT',
    digest: `${name}@${pushed.digest}`,
    ...(tag !== null && { tag: `${name}:${tag}` }),
  });
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LazaretDaemon } from '../support/lazaret-daemon.ts';
import { describeWithPart } from '../support/parts.ts';
import { waitFor } from '../support/wait-for.ts';
import { mailsAbout, markWrites, slackAbout, waitForOutcome } from './world/look.ts';
import { pushSigned } from './world/push.ts';
import { SECRETS } from './world/secrets.ts';
import { startWorld, type World } from './world/start-world.ts';

describeWithPart(['olareg', 'postgres', 'redis'], 'a process of each role, on one PostgreSQL and one Redis', () => {
  /** Looked at by the API of the one that answers, and told of pushes by the one that hears of them. */
  let world: World;
  const daemons = new Map<string, LazaretDaemon>();
  beforeAll(async () => {
    const api = await startWorld({ registry: 'olareg', source: 'webhook', stores: 'external', roles: 'api' });
    world = api;
    const ingest = await api.startTwin('ingest');
    world = { ...api, announcer: ingest.announcer };
    daemons.set('ingest', ingest.daemon);
    for (const role of ['verify', 'act']) daemons.set(role, (await api.startTwin(role)).daemon);
    daemons.set('api', api.daemon());
  }, 240_000);
  afterAll(() => world?.stop());

  it('each does its part: a push ends in a verdict, a tag, and a message to each place', async () => {
    const image = await pushSigned(world, 'acme/strict/divided', 'stranger', 'quietly');
    await waitForOutcome(world, image, 'fail-evidence');
    expect(markWrites(world, image.repository)).toBe(1);
    expect([slackAbout(world, image.digest).length, mailsAbout(world, image.digest).length]).toEqual([1, 1]);
    const who = (msg: string): readonly string[] =>
      [...daemons].flatMap(([role, daemon]) => (daemon.logs().some((line) => line['msg'] === msg) ? [role] : []));
    // A line is written after what it tells is on record.
    const what = 'the last line of the log';
    await waitFor(() => who('notice sent').length > 0 && who('quarantine done').length > 0, { what });
    expect(who('event received')).toEqual(['ingest']);
    expect(who('verdict')).toEqual(['verify']);
    expect(who('quarantine done')).toEqual(['act']);
    expect(who('notice sent')).toEqual(['act']);
  });

  it('each serves only what is its own, and says what that is', async () => {
    const statuses = async (path: string, method: string) =>
      Object.fromEntries(
        await Promise.all(
          [...daemons].map(
            async ([role, { url }]) => [role, (await fetch(`${url}${path}`, { method })).status] as const,
          ),
        ),
      );
    const none = { ingest: 404, verify: 404, act: 404, api: 404 };
    expect(await statuses('/webhooks/hook', 'POST')).toEqual({ ...none, ingest: 415 });
    expect(await statuses('/api/v1/subjects', 'GET')).toEqual({ ...none, api: 200 });
    for (const [role, daemon] of daemons) {
      expect((await daemon.get('/healthz')).body).toMatchObject({ roles: [role] });
      expect((await daemon.get('/readyz')).body).toMatchObject({ ready: true, roles: [role] });
      const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
      for (const each of daemons.keys())
        expect(metrics).toContain(`lazaret_role{role="${each}"} ${each === role ? 1 : 0}`);
    }
  });

  it('what one that tells nobody has to say is told by the one that acts', async () => {
    const hook = `${daemons.get('ingest')?.url}/webhooks/hook`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${SECRETS.hook}` };
    expect((await fetch(hook, { method: 'POST', headers, body: '{"events":1}' })).status).toBe(400);
    await waitFor(
      () => world.slack.requests.some(({ json }) => JSON.stringify(json).includes('a delivery was refused')),
      {
        what: 'a message about the refused delivery',
        timeoutMs: 30_000,
        context: () => daemons.get('act')?.output().slice(-5000) ?? '',
      },
    );
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import type { Pushed } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { startDistribution } from '../support/servers/distribution.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const HASTY = join(import.meta.dirname, '../support/serve-hastily.ts');
/** A sweep begins at most once a minute; the first attempts after a fault wait 5, 10 and 20 s. */
const NEXT_SWEEP_MS = 150_000;
/** Two rounds of sweeps, and what a dead registry is waited for. */
const TWO_SWEEPS_MS = 480_000;

describeWithPart(['registry', 'postgres'], 'two daemons that sweep two registries', () => {
  const stops: (() => Promise<unknown>)[] = [];
  let prod: FaultProxy;
  let other: FaultProxy;
  let slack: SlackReceiver;
  let daemons: readonly LazaretDaemon[];
  const before: { readonly repository: string; readonly pushed: Pushed }[] = [];

  beforeAll(async () => {
    [prod, other] = [await startRegistry(), await startRegistry()];
    for (const repository of ['acme/a', 'acme/b', 'acme/c']) {
      before.push({ repository, pushed: await pushImage(prod.url, repository, 'v1') });
    }
    slack = keep(await startSlackReceiver());
    const postgres = keep(await startPostgres());
    daemons = await Promise.all([startDaemon(postgres.url), startDaemon(postgres.url)]);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  function keep<T extends { stop(): Promise<void> }>(part: T): T {
    stops.push(() => part.stop());
    return part;
  }
  async function startRegistry(): Promise<FaultProxy> {
    const registry = keep(await startDistribution());
    return keep(await startFaultProxy(new URL(registry.url)));
  }
  async function startDaemon(postgresUrl: string): Promise<LazaretDaemon> {
    const dir = await makeTempDir('shared-sweep');
    stops.push(() => dir.remove());
    const port = await freePort();
    const registryOf = (id: string, { url }: FaultProxy) => ({ id, url, plainHttp: true, writeCredentials: 'none' });
    const poll = (id: string) => ({ kind: 'poll', id: `sweep-${id}`, registry: id, every: '1m', baseline: 'judge' });
    const config = {
      dataDir: 'data',
      http: { host: '127.0.0.1', port },
      postgres: { urlFile: 'postgres' },
      registries: [registryOf('prod', prod), registryOf('other', other)],
      sources: [poll('prod'), poll('other')],
      policies: ['policy.yaml'],
      trust: [{ name: 'sigstore', refresh: false }],
      quarantine: { breaker: { perHour: 1000, share: 1 } },
      notify: [{ kind: 'slack', id: 'security', urlFile: 'slack' }],
      sweepEvery: '1s',
      log: { format: 'json' },
    };
    const signer = { issuer: 'https://issuer.example', subject: 'nobody' };
    const spec = { images: ['**'], grace: '0s', require: [{ name: 'signed', signature: { signer } }] };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
    const files = { 'policy.yaml': stringify(policy), slack: slack.url, postgres: `${postgresUrl}\n` };
    const daemon = await startLazaret({ dir: dir.path, config, port, files, entry: [process.execPath, HASTY] });
    stops.push(() => daemon.end('SIGTERM'));
    return daemon;
  }

  const output = () => daemons.map((daemon) => daemon.output().slice(-3000)).join('\n---\n');
  const messagesOf = ({ digest }: Pushed) => slack.requests.filter(({ body }) => body.includes(digest)).length;
  const marksOf = (registry: FaultProxy, { digest }: Pushed) =>
    registry.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith(`quarantined-${digest.slice(7)}`))
      .length;
  const actedOn = (registry: FaultProxy, pushed: Pushed) =>
    waitFor(() => messagesOf(pushed) > 0 && marksOf(registry, pushed) > 0, {
      what: `${pushed.digest} to be found`,
      timeoutMs: NEXT_SWEEP_MS,
      context: output,
    });
  const sweptBy = () =>
    daemons.map((daemon) => daemon.logs().filter(({ msg, registry }) => msg === 'sweep done' && registry === 'prod'));
  const sweepsDone = () => sweptBy().flat().length;

  it('do it once: one list, one question a tag, one tag and one message an image', async () => {
    for (const { pushed } of before) await actedOn(prod, pushed);
    await waitFor(() => sweepsDone() > 0, { what: 'the sweep to end', timeoutMs: NEXT_SWEEP_MS, context: output });
    expect(sweepsDone()).toBe(1);
    const asked = prod.requests.filter(isOfSweep).map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    const isCatalogue = (line: string): boolean => line === 'GET /v2/_catalog';
    expect(asked.filter((line) => !isCatalogue(line))).toEqual(
      before.flatMap(({ repository }) => [`GET /v2/${repository}/tags/list`, `HEAD /v2/${repository}/manifests/v1`]),
    );
    // Besides the sweep, each of the two asks at its start whether there is a catalogue, and what to try the rest on.
    expect(asked.filter(isCatalogue)).toHaveLength(1 + 2 * 2);
    for (const { pushed } of before) expect([marksOf(prod, pushed), messagesOf(pushed)]).toEqual([1, 1]);
  });

  it(
    'go on where they were once a registry is back that died in the middle, and sweep the other meanwhile',
    async () => {
      const found = await pushImage(prod.url, 'acme/c', 'v2');
      const from = prod.requests.length;
      const asked = (path: string) => prod.requests.slice(from).filter((request) => request.path.startsWith(path));
      let isDead = false;
      prod.treat(({ path }) => {
        isDead ||= path.startsWith('/v2/acme/b/tags/list');
        return isDead ? Promise.reject(new Error('connection reset')) : 'pass';
      });
      await waitFor(() => isDead, {
        what: 'the next sweep to be under way',
        timeoutMs: NEXT_SWEEP_MS,
        context: output,
      });
      await actedOn(other, await pushImage(other.url, 'acme/elsewhere', 'v1'));
      expect(messagesOf(found)).toBe(0);
      expect(sweepsDone()).toBe(1);
      prod.treat(undefined);
      await actedOn(prod, found);
      await waitFor(() => sweepsDone() > 1, { what: 'the sweep to end', timeoutMs: NEXT_SWEEP_MS, context: output });
      expect(sweepsDone()).toBe(2);
      expect(asked('/v2/acme/a/tags/list')).toHaveLength(1);
      expect([marksOf(prod, found), messagesOf(found)]).toEqual([1, 1]);
      for (const { pushed } of before) expect([marksOf(prod, pushed), messagesOf(pushed)]).toEqual([1, 1]);
    },
    TWO_SWEEPS_MS,
  );
});

/** The lists, and where the tags lead that people gave. */
function isOfSweep({ method, path }: ProxiedRequest): boolean {
  return /^\/v2\/(_catalog|.+\/tags\/list)/.test(path) || (method === 'HEAD' && path.endsWith('/manifests/v1'));
}

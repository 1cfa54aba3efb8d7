import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read-config.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL, SECRET } from '../../support/config-folder.ts';
import { createKeyPair } from '../../support/sigstore-world.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const EXAMPLES = join(import.meta.dirname, '../../../docs/examples');
const SECRETS = {
  'hook-path': 'a-long-random-path-0123456789',
  slack: 'https://hooks.slack.com/services/T0/B0/x',
  'postgres-url': `postgres://lazaret:${SECRET}@db/lazaret`,
};

/** The limits of quarantine where nothing is said. */
const ONE_REGISTRY = {
  perHour: 20,
  share: 0.05,
  perRegistry: { perHour: 20, share: 0.05 },
  perRepository: { perHour: 5, share: 0.2 },
};

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
  for (const name of ['registry', 'tagger', 'hook', 'hmac-new', 'hmac-old', 'kafka', 'mail', 'api-token']) {
    await folder.write(`run/${name}`, `${SECRET}\n`);
  }
  for (const [name, text] of Object.entries(SECRETS)) await folder.write(`run/${name}`, `${text}\n`);
  for (const name of ['registry-ca.pem', 'kafka-ca.pem']) await folder.write(`etc/${name}`, 'PEM');
  for (const name of ['acme-trusted-root.json', 'tuf-root.json']) await folder.write(`etc/${name}`, '{}');
  await folder.write('etc/release.pub', createKeyPair().pem);
});
afterAll(async () => {
  await folder.remove();
});

async function example(name: string): Promise<string> {
  const text = await readFile(join(EXAMPLES, name), 'utf8');
  return text.replaceAll('/run/secrets/', 'run/').replaceAll('/etc/lazaret/', 'etc/');
}

describe('reading the configuration', () => {
  it('reads the proxy, whose password it never prints', async () => {
    const { config, faults } = await folder.load({
      ...MINIMAL,
      proxy: { url: 'http://us:canary@proxy.example:3128', except: ['.corp.example', '10.0.0.0/8'] },
    });
    expect(faults).toEqual([]);
    expect(config?.proxy?.https?.reveal()).toBe('http://us:canary@proxy.example:3128');
    expect(config?.proxy).toMatchObject({ except: ['.corp.example', '10.0.0.0/8'], origin: 'configuration' });
    expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain('canary');
  });

  it('reads `proxy: none` as no proxy, whatever the environment says', async () => {
    const { config } = await folder.load({ ...MINIMAL, proxy: 'none' });
    expect(config?.proxy).toEqual({ except: [], origin: 'configuration' });
  });

  it('reads the least there is, with defaults for the rest', async () => {
    const { config, faults } = await folder.load(MINIMAL);
    expect(faults).toEqual([]);
    expect(config).toMatchObject({
      file: join(folder.path, 'lazaret.yaml'),
      dataDir: join(folder.path, 'lazaret-data'),
      registries: [{ id: 'prod', kind: 'oci', repositories: ['**'], credentials: { kind: 'none' } }],
      trust: [
        {
          name: 'sigstore',
          origin: { kind: 'built-in', instance: 'sigstore', refresh: true },
          thresholds: { log: 1, sct: 1, time: 1 },
        },
        {
          name: 'github',
          origin: { kind: 'built-in', instance: 'github', refresh: true },
          thresholds: { log: 0, sct: 0, time: 1 },
        },
      ],
      quarantine: { mode: 'tag', tag: 'quarantined-{digest}', breaker: ONE_REGISTRY },
      http: { host: '127.0.0.1', port: 8080, allowedHosts: [] },
      log: { level: 'info', format: 'auto' },
      onRejectedInput: 'quarantine',
      evidenceBytes: 16 * 1024 * 1024,
      concurrency: 8,
      sweepEveryMs: 2_000,
      keepMs: 365 * 86_400_000,
      warnings: [],
    });
    expect(config?.postgres).toBeUndefined();
    expect(config?.policies).toMatchObject({ noMatch: 'alert', policies: [{ name: 'all' }] });
  });

  it('marks each registry as it says itself, and all others as is said for all', async () => {
    const [registry] = MINIMAL.registries as readonly object[];
    const { config, faults } = await folder.load({
      ...MINIMAL,
      quarantine: { mode: 'label', label: 'unproven' },
      registries: [
        { ...registry, kind: 'harbor' },
        { ...registry, id: 'other', url: 'https://other.example.com', quarantine: { mode: 'tag' } },
      ],
    });
    expect(faults).toEqual([]);
    expect(config?.quarantine).toMatchObject({ mode: 'label', label: 'unproven', modes: new Map([['other', 'tag']]) });
  });

  it('P5: limits each repository to a quarter of what all may, and each of several registries to half of it', async () => {
    const load = async (breaker: object, more: object = {}) => {
      const { config, faults } = await folder.load({ ...MINIMAL, ...more, quarantine: { breaker } });
      expect(faults).toEqual([]);
      return config?.quarantine.breaker;
    };
    const [registry] = MINIMAL.registries as readonly object[];
    const two = { registries: [registry, { ...registry, id: 'other', url: 'https://other.example.com' }] };
    expect(await load({}, two)).toEqual({ ...ONE_REGISTRY, perRegistry: { perHour: 10, share: 0.05 } });
    expect(await load({ perHour: 1, share: 0.5 })).toEqual({
      perHour: 1,
      share: 0.5,
      perRegistry: { perHour: 1, share: 0.5 },
      perRepository: { perHour: 1, share: 1 },
    });
    const perRepository = { perHour: 7, share: 0.3 };
    expect(await load({ perRepository, perRegistry: { perHour: 9 } })).toEqual({
      ...ONE_REGISTRY,
      perRepository,
      perRegistry: { perHour: 9, share: 0.05 },
    });
  });

  it('knows which trust roots take chains, and lets policies name their signers without an issuer', async () => {
    await folder.write('acme.json', '{}');
    const signed = (trust: string) => ({
      apiVersion: 'lazaret.dev/v1',
      kind: 'ImagePolicy',
      metadata: { name: trust },
      spec: {
        images: ['registry.example.com/**'],
        require: [{ name: 'signed', signature: { signer: { trust, subject: 'release@acme.example' } } }],
      },
    });
    await folder.write('policy.yaml', JSON.stringify(signed('acme')));
    const load = (chains: boolean) =>
      folder.load({
        ...MINIMAL,
        trust: [{ name: 'acme', trustedRootFile: 'acme.json', chains }],
        policies: ['policy.yaml'],
      });
    const { config, faults } = await load(true);
    expect(faults).toEqual([]);
    expect(config?.trust.at(-1)).toMatchObject({ name: 'acme', chains: true });
    expect(config?.policies.policies[0]?.require[0]?.of).toEqual([
      { kind: 'identity', trust: 'acme', subject: { kind: 'exact', text: 'release@acme.example' } },
    ]);
    expect(JSON.stringify((await load(false)).faults)).toContain('issuer');
  });

  it('lets an entry of its name take the place of a built-in trust root, with the thresholds of that instance', async () => {
    await folder.write('github.json', '{}');
    const github = async (entry: object): Promise<unknown> => {
      const { config, faults } = await folder.load({ ...MINIMAL, trust: [{ name: 'github', ...entry }] });
      expect(faults).toEqual([]);
      expect(config?.trust.map(({ name }) => name)).toEqual(['sigstore', 'github']);
      return config?.trust[1];
    };
    const thresholds = { log: 0, sct: 0, time: 1 };
    expect(await github({ refresh: false })).toEqual({
      name: 'github',
      origin: { kind: 'built-in', instance: 'github', refresh: false },
      thresholds,
    });
    expect(await github({ trustedRootFile: 'github.json' })).toMatchObject({ origin: { kind: 'file' }, thresholds });
    const tuf = { url: 'https://tuf.example.com', rootFile: 'github.json' };
    expect(await github({ tuf, thresholds: { time: 2 } })).toMatchObject({
      origin: { kind: 'tuf' },
      thresholds: { ...thresholds, time: 2 },
    });
  });

  it('lets policies name the built-in trust roots without an entry', async () => {
    const policy = (trust: string) => ({
      apiVersion: 'lazaret.dev/v1',
      kind: 'ImagePolicy',
      metadata: { name: 'private' },
      spec: {
        images: ['registry.example.com/**'],
        require: [
          { name: 'signed', signature: { signer: { trust, issuer: 'https://issuer.example', subject: 'me' } } },
        ],
      },
    });
    for (const name of ['github', 'sigstore']) {
      await folder.write('private/p.yaml', policy(name));
      expect((await folder.load({ ...MINIMAL, policies: ['private/*.yaml'] })).faults).toEqual([]);
    }
  });

  it.each(['lazaret-minimal.yaml', 'lazaret-ecr.yaml', 'lazaret-full.yaml'])(
    'reads the example %s of the documentation',
    async (name) => {
      const { faults } = await folder.load(await example(name), { TAGGER_PASSWORD: SECRET });
      expect(faults).toEqual([]);
    },
  );

  it('reads the configuration of the compose deployment', async () => {
    const text = await readFile(join(DEPLOY, 'lazaret.yaml'), 'utf8');
    await folder.write('run/webhook-authorization', SECRET);
    const here = text.replaceAll('/run/secrets/', 'run/').replace('"policies/', `"${DEPLOY}/policies/`);
    const { config, faults } = await folder.load(here);
    expect(faults).toEqual([]);
    expect(config?.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('nobody is told')]);
  });

  it('reads every secret, takes the newline off its end, and prints none', async () => {
    const { config } = await folder.load(await example('lazaret-full.yaml'), { TAGGER_PASSWORD: SECRET });
    const [prod] = config?.registries ?? [];
    expect(prod?.credentials).toMatchObject({ kind: 'basic', username: 'robot' });
    expect(prod?.credentials.kind === 'basic' && prod.credentials.password.reveal()).toBe(SECRET);
    expect(config?.http.token?.reveal()).toBe(SECRET);
    expect(config?.postgres?.url.reveal()).toBe(SECRETS['postgres-url']);
    const printed = [JSON.stringify(config), inspect(config, { depth: 20, showHidden: true }), `${config?.http.token}`];
    for (const text of printed) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(SECRETS['hook-path']);
      expect(text).toContain('[secret]');
    }
  });

  it('knows the ways of webhooks, and both secrets while they are being changed', async () => {
    const { config } = await folder.load(await example('lazaret-full.yaml'), { TAGGER_PASSWORD: SECRET });
    expect(config?.sources).toMatchObject([
      { id: 'harbor', registryIds: ['prod'], authentication: { kind: 'header', name: 'Authorization' } },
      { id: 'builds', authentication: { kind: 'hmac', header: 'X-Signature', format: 'hex' } },
      { id: 'simple', authentication: { kind: 'path' } },
      { id: 'pushes', kind: 'kafka', sasl: { username: 'lazaret' }, tls: { ca: 'PEM' } },
      { id: 'ecr-events', kind: 'sqs', dialect: 'ecr', region: 'eu-central-1', registryIds: ['prod'] },
      { id: 'gar-events', kind: 'pubsub', dialect: 'gar', identity: { kind: 'metadata' } },
      { id: 'sweep', kind: 'poll', registryIds: ['prod'], baseline: 'record' },
    ]);
    const builds = config?.sources.find(({ id }) => id === 'builds');
    expect(builds?.kind === 'webhook' && builds.authentication).toHaveProperty('secrets.length', 2);
  });

  it('CONFIG_NOT_FOUND: names the places it looked in', async () => {
    await expect(readConfig(join(folder.path, 'none.yaml'), {})).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    const absent = readConfig(undefined, {});
    await expect(absent).rejects.toThrow(/lazaret\.yaml nor \/etc\/lazaret\/lazaret\.yaml/);
  });

  it('CONFIG_INVALID: names the line where the YAML breaks', async () => {
    const { code, faults } = await folder.load('registries:\n  - id: prod\n   url: x\n');
    expect(code).toBe('CONFIG_INVALID');
    expect(faults[0]).toMatch(/^lazaret\.yaml:3:\d+: expected well-formed YAML/);
    expect((await folder.load('')).faults[0]).toContain('got an empty file');
  });
});

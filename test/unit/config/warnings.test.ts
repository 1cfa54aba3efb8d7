import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
});
afterAll(async () => {
  await folder.remove();
});

const [REGISTRY] = MINIMAL.registries;

/** A configuration that sweeps a second registry. */
const swept = (registry: object): object => ({
  ...MINIMAL,
  registries: [REGISTRY, { ...REGISTRY, id: 'swept', ...registry }],
  sources: [...MINIMAL.sources, { kind: 'poll', id: 'sweep', registry: 'swept' }],
});

const WARNINGS: Readonly<Record<string, readonly [object, RegExp]>> = {
  'a policy that covers no configured repository': [
    { ...MINIMAL, registries: [{ ...REGISTRY, url: 'https://other.example.com' }] },
    /the policy "all" covers no repository/,
  ],
  'a registry that nothing can be quarantined in': [
    { ...MINIMAL, registries: [{ id: 'prod', url: 'https://registry.example.com' }] },
    /nothing can be quarantined in "prod"/,
  ],
  'credentials in clear text within a private network': [
    {
      ...MINIMAL,
      registries: [
        REGISTRY,
        {
          ...REGISTRY,
          id: 'lab',
          url: 'http://registry:5000',
          plainHttp: true,
          credentials: { username: 'a', passwordFile: 'secret' },
        },
      ],
    },
    /cross the network in clear text/,
  ],
  'a registry that sends no secret and is asked for one': [
    {
      ...MINIMAL,
      sources: [{ kind: 'webhook', id: 'hub', dialect: 'dockerhub', registry: 'prod', hmac: { secretFile: 'secret' } }],
    },
    /dockerhub cannot prove itself to "hub" in this way/,
  ],
  'a token for Kafka in clear text': [
    {
      ...MINIMAL,
      sources: [
        {
          kind: 'kafka',
          id: 'pushes',
          dialect: 'harbor',
          registry: 'prod',
          brokers: ['127.0.0.1:9092', 'kafka:9092'],
          topic: 't',
          sasl: { mechanism: 'oauthbearer', tokenFile: 'token' },
        },
      ],
    },
    /what "pushes" logs in with crosses the network in clear text/,
  ],
  'A3: a source whose events let the pusher choose the registry': [
    {
      ...MINIMAL,
      registries: [
        { ...REGISTRY, eventHosts: ['a.example'] },
        { ...REGISTRY, id: 'lab', url: 'https://lab.example.com', eventHosts: ['b.example'] },
      ],
      sources: [{ kind: 'webhook', id: 'h', dialect: 'distribution', registry: ['prod', 'lab'], bearerFile: 'secret' }],
    },
    /whoever pushes chooses which registry of "h"/,
  ],
  'a sweep of a registry that tells nobody what it has': [
    swept({ url: 'https://ghcr.io', repositories: ['acme/**', 'acme/app'] }),
    /a sweep of "swept" finds nothing for acme\/\*\*: ghcr\.io does not tell/,
  ],
  'a sweep of a Quay without an organization': [
    swept({ url: 'https://quay.io', kind: 'quay' }),
    /a sweep of "swept" finds nothing for \*\*: quay\.io does not tell/,
  ],
  'no source': [{ ...MINIMAL, sources: [] }, /nothing announces pushes/],
  'no sink': [{ ...MINIMAL, notify: [] }, /nobody is told/],
  'an API that answers nobody': [{ ...MINIMAL, http: { host: '0.0.0.0' } }, /the API answers nobody/],
};

describe('a configuration is read, with a warning of', () => {
  it.each(Object.entries(WARNINGS))('%s', async (_, [config, words]) => {
    const { config: read } = await folder.load(config);
    expect(read?.warnings.map(({ message }) => message)).toEqual([expect.stringMatching(words)]);
  });

  it.each([
    ['dockerhub', { path: 'a-long-random-path-0123' }],
    ['quay', { header: { name: 'X-Lazaret-Proxy', valueFile: 'secret' } }],
    ['harbor', { authorizationFile: 'secret' }],
  ])('nothing, where a sender like %s can do, or a proxy for it, what is asked: %j', async (dialect, way) => {
    const sources = [{ kind: 'webhook', id: 'hook', dialect, registry: 'prod', ...way }];
    const { config } = await folder.load({ ...MINIMAL, sources });
    expect(config?.warnings).toEqual([]);
  });

  it('nothing, where a password goes to this machine only', async () => {
    const url = 'http://localhost:5000';
    const credentials = { username: 'a', passwordFile: 'secret' };
    const registries = [REGISTRY, { ...REGISTRY, id: 'lab', url, plainHttp: true, credentials }];
    const { config } = await folder.load({ ...MINIMAL, registries });
    expect(config?.warnings).toEqual([]);
  });
});

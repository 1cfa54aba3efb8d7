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
  'no source': [{ ...MINIMAL, sources: [] }, /nothing announces pushes/],
  'no sink': [{ ...MINIMAL, notify: [] }, /nobody is told/],
  'an API that answers nobody': [{ ...MINIMAL, http: { host: '0.0.0.0' } }, /the API answers nobody/],
};

describe('a configuration is read, with a warning of', () => {
  it.each(Object.entries(WARNINGS))('%s', async (_, [config, words]) => {
    const { config: read } = await folder.load(config);
    expect(read?.warnings.map(({ message }) => message)).toEqual([expect.stringMatching(words)]);
  });

  it('nothing, where a password goes to this machine only', async () => {
    const url = 'http://localhost:5000';
    const credentials = { username: 'a', passwordFile: 'secret' };
    const registries = [REGISTRY, { ...REGISTRY, id: 'lab', url, plainHttp: true, credentials }];
    const { config } = await folder.load({ ...MINIMAL, registries });
    expect(config?.warnings).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSecrets } from '../../../src/config/list-secrets.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { ROLES, type Role } from '../../../src/domain/role.ts';
import { type ConfigFolder, createConfigFolder } from '../../support/config-folder.ts';

/** Every secret a configuration can name, in a file called as what it is for. */
const FILES = {
  'http-token': ['api'],
  hook: ['ingest'],
  topic: ['ingest'],
  reader: ['verify', 'act'],
  writer: ['act'],
  smtp: ['act'],
  postgres: ROLES,
  redis: ROLES,
} as const satisfies Record<string, readonly Role[]>;

let folder: ConfigFolder;
let file: string;
beforeAll(async () => {
  folder = await createConfigFolder();
  file = await folder.write('lazaret.yaml', {
    registries: [
      {
        id: 'prod',
        url: 'https://registry.example.com',
        credentials: { username: 'robot', passwordFile: 'reader' },
        writeCredentials: { username: 'tagger', passwordFile: 'writer' },
      },
      {
        id: 'cloud',
        kind: 'ecr',
        url: 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com',
        writeCredentials: 'aws',
      },
    ],
    sources: [
      { kind: 'webhook', id: 'hook', dialect: 'distribution', registry: 'prod', bearerFile: 'hook' },
      {
        kind: 'kafka',
        id: 'topic',
        dialect: 'distribution',
        registry: 'prod',
        brokers: ['127.0.0.1:9092'],
        topic: 'pushes',
        group: 'lazaret',
        sasl: { mechanism: 'plain', username: 'lazaret', passwordFile: 'topic' },
      },
      { kind: 'poll', id: 'sweep', registry: ['prod', 'cloud'] },
    ],
    policies: ['policies/*.yaml'],
    notify: [
      { kind: 'slack', id: 'security', urlEnv: 'SLACK' },
      {
        kind: 'email',
        id: 'oncall',
        smtp: { host: 'mail.example.com', username: 'lazaret', passwordFile: 'smtp' },
        from: 'lazaret@acme.example',
        to: ['oncall@acme.example'],
      },
    ],
    http: { tokenFile: 'http-token' },
    postgres: { urlFile: 'postgres' },
    redis: { urlFile: 'redis' },
  });
});
afterAll(() => folder.remove());

/** What each file holds. */
function contentOf(name: string): string {
  if (name === 'postgres' || name === 'redis') return `${name}://user:secret-of-${name}@127.0.0.1/0`;
  return `secret-of-${name}-0123456789`;
}

async function load(roles: readonly Role[]) {
  return readConfig(file, { SLACK: 'https://hooks.slack.com/services/T0/B0/secret-of-slack' }, roles);
}

const names = Object.keys(FILES) as (keyof typeof FILES)[];

/** Writes the secrets of these roles alone; there are no files of the others. */
async function writeSecrets(roles: readonly Role[]): Promise<void> {
  for (const name of names) {
    await rm(join(folder.path, name), { force: true });
    if (FILES[name].some((role) => roles.includes(role))) await folder.write(name, contentOf(name));
  }
}

describe.each(ROLES)('a process that does only %s', (role) => {
  it('E1: loads its own secrets, and no other: their files need not be there', async () => {
    await writeSecrets([role]);
    const held = listSecrets(await load([role])).join('\n');
    const own = names.filter((name) => FILES[name].some((each) => each === role));
    expect(names.filter((name) => held.includes(`secret-of-${name}`))).toEqual(own);
    expect(held.includes('secret-of-slack')).toBe(role === 'act');
  });

  it('knows all the same which sinks there are, who announces and what is swept', async () => {
    await writeSecrets([role]);
    const config = await load([role]);
    expect(config).toMatchObject({ roles: [role], sinkIds: ['security', 'oncall'], announcing: ['prod'] });
    expect(config.sources.map(({ id }) => id)).toContain('sweep');
    const writes = config.registries.map(({ writeCredentials }) => writeCredentials !== undefined);
    expect(writes).toEqual(role === 'act' ? [true, true] : [false, false]);
  });
});

it('one that does several things loads what each of them needs', async () => {
  await writeSecrets(['ingest', 'act']);
  expect((await load(['ingest', 'act'])).sources).toHaveLength(3);
  await expect(load(['ingest', 'act', 'api'])).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
});

it('says of a fault where it stands in the file, also behind sources that others listen to', async () => {
  const faulty = readFileSync(file, 'utf8').replace('id: sweep', 'id: sweep\n    evry: 1m');
  const at = await folder.write('faulty.yaml', faulty);
  await writeSecrets(['verify']);
  const line = faulty.split('\n').findIndex((text) => text.includes('evry')) + 1;
  await expect(readConfig(at, {}, ['verify'])).rejects.toMatchObject({
    issues: [{ where: expect.stringMatching(new RegExp(`faulty\\.yaml:${line}:`)) }],
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
});
afterAll(() => folder.remove());

const URL_OF_ECR = 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const READER = 'arn:aws:iam::123456789012:role/lazaret-reader';
const WRITER = 'arn:aws:iam::123456789012:role/lazaret-writer';
const ecr = (change: object): object => ({
  ...MINIMAL,
  registries: [{ id: 'prod', kind: 'ecr', url: URL_OF_ECR, ...change }],
});

async function loadEntry(change: object) {
  const { config, faults } = await folder.load(ecr(change));
  expect(faults).toEqual([]);
  return config?.registries[0];
}

describe('a registry of ECR', () => {
  it('is known by its address: account, region, and whom the SDK finds', async () => {
    expect(await loadEntry({})).toMatchObject({
      kind: 'ecr',
      ecr: { registryId: '123456789012', region: 'eu-central-1' },
      credentials: { kind: 'aws' },
    });
    expect(await loadEntry({})).not.toHaveProperty('writeCredentials');
  });

  it('is read in the role that is named, and written to in the same or another', async () => {
    const writes = (writeCredentials: unknown) => loadEntry({ roleArn: READER, writeCredentials });
    const reader = { kind: 'aws', roleArn: READER };
    expect(await writes('aws')).toMatchObject({ credentials: reader, writeCredentials: reader });
    expect(await writes({ roleArn: WRITER })).toMatchObject({
      credentials: reader,
      writeCredentials: { kind: 'aws', roleArn: WRITER },
    });
  });

  it('may be at another address, which says neither account nor region', async () => {
    const place = { region: 'eusc-de-east-1', registryId: '210987654321' };
    const entry = await loadEntry({
      url: 'http://127.0.0.1:5000',
      plainHttp: true,
      endpoint: 'http://127.0.0.1:5001',
      ...place,
    });
    expect(entry?.ecr).toEqual({ ...place, endpoint: new URL('http://127.0.0.1:5001') });
  });

  it.each([
    'https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    'https://123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com',
    'https://123456789012.dkr-ecr.eu-west-1.on.aws',
  ])('is known at %s', async (url) => {
    expect((await loadEntry({ url }))?.ecr?.registryId).toBe('123456789012');
  });

  it('that nobody may write to is warned of, with what would let Lazaret write', async () => {
    const { config } = await folder.load(ecr({}));
    expect(config?.warnings.map(({ hint }) => hint)).toContainEqual(expect.stringContaining('`aws`, or `roleArn: …`'));
  });

  const elsewhere = { url: 'https://registry.example.com' };
  it.each<[string, object, readonly RegExp[]]>([
    [
      'another region than its address',
      { region: 'eu-west-1' },
      [/expected eu-central-1 as the url says, got eu-west-1/],
    ],
    ['another account', { registryId: '210987654321' }, [/expected 123456789012 as the url says/]],
    ['neither where the address says none', elsewhere, [/missing key "region"/, /missing key "registryId"/]],
    ['a host that only looks like one of ECR', { url: `${URL_OF_ECR}.evil.example` }, [/"region"/, /"registryId"/]],
    [
      'a region that is none',
      { ...elsewhere, registryId: '123456789012', region: 'moon' },
      [/a region of AWS such as/],
    ],
    ['an account that is a number', { registryId: 123456789012 }, [/registryId/]],
    ['a role without its account', { roleArn: 'role/lazaret' }, [/expected a role such as arn:aws:iam/]],
    [
      'passwords',
      { credentials: { username: 'AWS', passwordFile: 'secret' } },
      [/no credentials are written for `kind: ecr`/],
    ],
    [
      'a role beside a password',
      { writeCredentials: { roleArn: WRITER, username: 'AWS' } },
      [/does not go with `roleArn`/],
    ],
    ['writing without an identity', { writeCredentials: 'none' }, [/expected an identity of AWS that writes/]],
    ['an endpoint that is no address', { endpoint: 'localhost:4566' }, [/expected an address such as http/]],
    ['an endpoint without TLS far away', { endpoint: 'http://aws.example.com' }, [/in clear text/]],
    [
      'what is for ECR elsewhere',
      { kind: 'oci', region: 'eu-central-1', roleArn: READER },
      [/`region` is for/, /`roleArn` is for/],
    ],
    ['credentials of AWS elsewhere', { kind: 'oci', credentials: 'aws' }, [/got those of AWS/]],
  ])('is refused with %s', async (_, change, words) => {
    const { faults } = await folder.load(ecr(change));
    expect(faults).toEqual(words.map((each) => expect.stringMatching(each)));
  });
});

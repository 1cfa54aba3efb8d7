import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, createConfigFolder, MINIMAL, SECRET } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
});
afterAll(() => folder.remove());

async function read(fields: object) {
  const source = { kind: 'kafka', id: 'k', dialect: 'harbor', registry: 'prod', brokers: ['kafka:9092'], topic: 't' };
  const { config, faults } = await folder.load({ ...MINIMAL, sources: [{ ...source, ...fields }] });
  expect(faults).toEqual([]);
  const [read] = config?.sources ?? [];
  if (read?.kind !== 'kafka') throw new TypeError('expected a topic');
  return read;
}

describe('the login at brokers of Kafka', () => {
  it('may be by a token in a file, which need not be there yet', async () => {
    const { sasl } = await read({ sasl: { mechanism: 'oauthbearer', tokenFile: 'run/token' } });
    const tokenFile = join(folder.path, 'run/token');
    expect(sasl).toEqual({ mechanism: 'oauthbearer', from: 'file', tokenFile, extensions: {} });
  });

  it('may be by a token that a service gives', async () => {
    const endpoint = {
      tokenEndpoint: 'https://login.example.com/token',
      clientId: 'lazaret',
      clientSecretFile: 'secret',
    };
    const extensions = { logicalCluster: 'lkc-1' };
    const { sasl } = await read({ sasl: { mechanism: 'oauthbearer', ...endpoint, scope: 'kafka', extensions } });
    const expected = { from: 'endpoint', clientId: 'lazaret', scope: 'kafka', extensions };
    expect(sasl).toMatchObject({ ...expected, tokenEndpoint: new URL('https://login.example.com/token') });
    expect(sasl !== undefined && 'clientSecret' in sasl && sasl.clientSecret.reveal()).toBe(SECRET);
  });

  it('may be as whom AWS knows us, by TLS and in the region that the brokers name', async () => {
    const brokers = ['b-1.pushes.abc123.c2.kafka.eu-central-1.amazonaws.com:9098'];
    const source = await read({ brokers, sasl: { mechanism: 'aws-msk-iam' } });
    expect(source).toMatchObject({ tls: true, sasl: { mechanism: 'aws-msk-iam', region: 'eu-central-1' } });
    const serverless = ['boot-abc.c1.kafka-serverless.us-east-1.amazonaws.com:9098'];
    expect((await read({ brokers: serverless, sasl: { mechanism: 'aws-msk-iam' } })).sasl).toMatchObject({
      region: 'us-east-1',
    });
    const roleArn = 'arn:aws:iam::123456789012:role/lazaret';
    const other = await read({ sasl: { mechanism: 'aws-msk-iam', region: 'eu-west-1', roleArn } });
    expect(other.sasl).toEqual({ mechanism: 'aws-msk-iam', region: 'eu-west-1', roleArn });
  });
});

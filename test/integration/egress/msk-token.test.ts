import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { presignConnect, signMskToken } from '../../../src/egress/aws/msk-token.ts';

const NOW = new Date('2026-11-29T06:00:00Z');
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const exchange = { exchange: () => Promise.reject(new Error('nobody is to be asked')) };

const urlIn = (token: string): URL => new URL(Buffer.from(token, 'base64url').toString());
const fieldsOf = (token: string) => Object.fromEntries(urlIn(token).searchParams);

describe('the token for Amazon MSK', () => {
  // Made by aws-msk-iam-sasl-signer-js 1.0.3, AWS's own signer, with these keys at this time.
  it.each([
    ['a user', KEYS, '05d3c750012d0cff4505cdb93b4157b6555f2c2d277d1628cc05bded19b2e418'],
    [
      'a role',
      { ...KEYS, accessKeyId: 'ASIDEXAMPLE', sessionToken: 'IQoJb3JpZ2luX2Vj/+==' },
      '586490e924bda5a958082043a843bf4509cadd923b7da8161a5f2f06b8e34a7c',
    ],
  ])("is the URL that AWS's own signer makes for %s", async (_who, credentials, signature) => {
    const token = await presignConnect('eu-central-1', credentials, { lifeS: 900, now: NOW });
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    const { origin, pathname, search } = urlIn(token);
    expect(origin + pathname).toBe('https://kafka.eu-central-1.amazonaws.com/');
    expect(search).not.toContain('+');
    expect(fieldsOf(token)).toEqual({
      Action: 'kafka-cluster:Connect',
      'User-Agent': 'lazaret',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${credentials.accessKeyId}/20261129/eu-central-1/kafka-cluster/aws4_request`,
      'X-Amz-Date': '20261129T060000Z',
      'X-Amz-Expires': '900',
      'X-Amz-Signature': signature,
      'X-Amz-SignedHeaders': 'host',
      ...('sessionToken' in credentials && { 'X-Amz-Security-Token': credentials.sessionToken }),
    });
  });
});

describe('credentials of the token for Amazon MSK', () => {
  beforeEach(() => {
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_WEB_IDENTITY_TOKEN_FILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });
  afterEach(() => vi.unstubAllEnvs());
  const login = { mechanism: 'aws-msk-iam', region: 'eu-central-1', exchange } as const;

  it('are those the SDK finds, without a request', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey);
    const { value, renewAt, endsAt } = await signMskToken(login, NOW);
    expect(fieldsOf(value)).toMatchObject({ 'X-Amz-Expires': '900' });
    expect(endsAt - renewAt).toBeCloseTo(180_000, -1);
  });

  it('that end sooner end the token, at a whole second', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', 'lent');
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', new Date(NOW.getTime() + 300_400).toISOString());
    const { value } = await signMskToken(login, NOW);
    expect(fieldsOf(value)).toMatchObject({ 'X-Amz-Expires': '300', 'X-Amz-Security-Token': 'lent' });
  });

  it('that are nowhere to be found are a fault that says what to do', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await expect(signMskToken(login, NOW)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('no credentials of AWS (CredentialsProviderError)'),
      hint: expect.stringContaining('Give this machine a role'),
    });
  });
});

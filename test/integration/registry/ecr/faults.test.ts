import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ProxyRules } from '../../../../src/domain/proxy-rules.ts';
import { Secret } from '../../../../src/kit/secret.ts';
import type { RegistryOptions } from '../../../../src/registry/registry-options.ts';
import { makeCertificate } from '../../../support/certificate.ts';
import { startConnectProxy } from '../../../support/connect-proxy.ts';
import { type Answer, type SeenRequest, startHostileRegistry } from '../../../support/hostile-registry.ts';
import { signIn } from '../../../support/open-ecr.ts';
import { openRegistry } from '../../../support/open-registry.ts';

const PLACE = { registryId: '123456789012', region: 'eu-central-1' };
const URL_OF_ECR = 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const API = 'api.ecr.eu-central-1.amazonaws.com';
const STS = 'sts.eu-central-1.amazonaws.com';
const ROLE = 'arn:aws:iam::123456789012:role/lazaret';
const TLS = makeCertificate([API, STS]);

beforeEach(() => {
  signIn();
});

async function serve(answer: (request: SeenRequest) => Answer | undefined, tls?: typeof TLS) {
  const server = await startHostileRegistry(answer, tls);
  onTestFinished(() => server.stop());
  return server;
}

function open(endpoint: URL, options: Partial<RegistryOptions> = {}) {
  const { inventory } = openRegistry(URL_OF_ECR, {
    credentials: { kind: 'aws' },
    ecr: { ...PLACE, endpoint },
    limits: { retries: 0 },
    ...options,
  });
  return inventory;
}

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });

describe('an answer of ECR becomes a fault', () => {
  const said = (__type: string, message = '') => json(400, { __type, message });
  const denied =
    'User: arn:aws:iam::123456789012:user/x is not authorized to perform: ecr:DescribeRepositories on resource: *';
  it.each<[string, Answer, object]>([
    [
      'credentials that have ended',
      said('ExpiredTokenException'),
      { code: 'REGISTRY_UNAUTHORIZED', retryable: false, hint: /have ended/ },
    ],
    [
      'credentials nobody knows there',
      said('UnrecognizedClientException'),
      { code: 'REGISTRY_UNAUTHORIZED', hint: /in eu-central-1: check them, and that the region/ },
    ],
    ['a wrong secret or clock', said('InvalidSignatureException'), { code: 'REGISTRY_UNAUTHORIZED', hint: /clock/ }],
    [
      'a right that is missing',
      said('AccessDeniedException', denied),
      { code: 'REGISTRY_DENIED', retryable: false, hint: /ecr:DescribeRepositories/ },
    ],
    [
      'a right that is missing, without words',
      said('AccessDeniedException'),
      { code: 'REGISTRY_DENIED', hint: /ecr:DescribeRepositories/ },
    ],
    ['too many', said('ThrottlingException'), { code: 'REGISTRY_RATE_LIMITED', retryable: true, retryAfterMs: 1_000 }],
    ['too many by status', json(429, {}), { code: 'REGISTRY_RATE_LIMITED', retryable: true }],
    ['ECR unwell', json(500, { __type: 'ServerException' }), { code: 'REGISTRY_ERROR', retryable: true }],
    [
      'HTML of something in between, unwell',
      { status: 502, body: '<html>canary</html>' },
      { code: 'REGISTRY_ERROR', retryable: true },
    ],
    [
      'HTML of something in between',
      { status: 200, body: '<html>canary</html>' },
      { code: 'REGISTRY_RESPONSE_INVALID', retryable: false, hint: /in front of AWS/ },
    ],
    [
      'a request it does not understand',
      said('InvalidParameterException'),
      { code: 'REGISTRY_ERROR', retryable: false },
    ],
    [
      'an error with a name that is none',
      said('<script>alert(1)</script>'),
      { code: 'REGISTRY_ERROR', message: expect.not.stringContaining('<') },
    ],
    [
      'a page that never ends',
      { status: 200, body: `{"x":"${'y'.repeat(17 * 1024 * 1024)}"}` },
      { code: 'REGISTRY_RESPONSE_TOO_LARGE' },
    ],
  ])('%s', async (_, answer, { hint, ...fault }: { hint?: RegExp }) => {
    const server = await serve(() => answer);
    const error = await open(server.url)
      ?.listRepositories(undefined)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ ...fault, ...(hint && { hint: expect.stringMatching(hint) }) });
    expect(String(error)).not.toContain('canary');
  });

  it('a repository that ECR does not have is no fault', async () => {
    const server = await serve(() => said('RepositoryNotFoundException'));
    expect(await open(server.url)?.listTags('acme/app', undefined)).toBeNull();
  });

  it('silence', async () => {
    const server = await serve(() => ({ hangs: true }));
    const inventory = open(server.url, { limits: { retries: 0, requestMs: 100 } });
    await expect(inventory?.listRepositories(undefined)).rejects.toMatchObject({
      code: 'REGISTRY_TIMEOUT',
      retryable: true,
    });
  });

  it('a caller who has given up is told nothing else', async () => {
    const server = await serve(() => ({ hangs: true }));
    const stop = new AbortController();
    const listing = open(server.url)?.listRepositories(undefined, stop.signal);
    stop.abort(new Error('enough'));
    await expect(listing).rejects.toThrow('enough');
  });
});

describe('ECR is asked again', () => {
  it('after "too many", when a pause is over', async () => {
    let calls = 0;
    const server = await serve(() =>
      calls++ === 0 ? json(400, { __type: 'ThrottlingException' }) : json(200, { repositories: [] }),
    );
    const inventory = open(server.url, { limits: { retries: 1 } });
    expect(await inventory?.listRepositories(undefined)).toEqual({ entries: [] });
    expect(calls).toBe(2);
  });

  it('no more often than was said: the SDK repeats nothing by itself', async () => {
    let calls = 0;
    const server = await serve(() => {
      calls++;
      return json(500, { __type: 'ServerException' });
    });
    await expect(open(server.url, { limits: { retries: 1 } })?.listRepositories(undefined)).rejects.toThrow();
    expect(calls).toBe(2);
  });
});

describe('requests to ECR', () => {
  it('are counted with all of the registry, and what a sweep asks leaves some for verification', async () => {
    const server = await serve(() => json(400, { __type: 'RepositoryNotFoundException' }));
    const { inventory, writer } = openRegistry(URL_OF_ECR, {
      credentials: { kind: 'aws' },
      writeCredentials: { kind: 'aws' },
      ecr: { ...PLACE, endpoint: server.url },
      requestsPerMinute: 4,
    });
    const soon = () => AbortSignal.timeout(200);
    expect(await inventory?.listTags('acme/app', undefined)).toBeNull();
    await expect(inventory?.listTags('acme/app', undefined, soon())).rejects.toMatchObject({ retryable: true });
    for (let n = 0; n < 3; n++) expect(await writer?.deleteTag('acme/app', 'quarantined-1')).toBe('absent');
    const used = { code: 'REGISTRY_RATE_LIMITED', retryable: true };
    await expect(writer?.deleteTag('acme/app', 'quarantined-1', soon())).rejects.toMatchObject(used);
    expect(server.requests.length).toBe(4);
  });
});

describe('without anybody in sight', () => {
  it('says whom it looked for', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const server = await serve(() => json(200, {}));
    await expect(open(server.url)?.listRepositories(undefined)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      retryable: false,
      message: expect.stringContaining('there are no credentials of AWS'),
      hint: expect.stringContaining('aws ecr get-login-password --region eu-central-1'),
    });
    expect(server.connections).toBe(0);
  });
});

describe('AWS behind a proxy', () => {
  let rules: ProxyRules;
  let asked: readonly string[];
  let seen: string[];
  const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>canary-role</SecretAccessKey><SessionToken>canary-session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  let stop: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const server = await startHostileRegistry(({ headers }) => {
      const host = String(headers['host']);
      seen.push(`${host} ${String(headers['authorization']).slice(0, 60)}`);
      return host.startsWith('sts') ? { status: 200, body: assumed } : json(200, { repositories: [] });
    }, TLS);
    const port = Number(new URL(server.url).port);
    const proxy = await startConnectProxy({ names: { [API]: port, [STS]: port } });
    const address = new Secret(`http://${proxy.host}`);
    rules = { http: address, https: address, except: [] };
    asked = proxy.asked;
    stop = [() => proxy.stop(), () => server.stop()];
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => Promise.all(stop.map((each) => each())));

  it('is reached by it: ECR, and STS where a role is taken on', async () => {
    const { inventory } = openRegistry(URL_OF_ECR, {
      credentials: { kind: 'aws', roleArn: ROLE },
      ecr: PLACE,
      ca: TLS.cert,
      proxy: rules,
    });
    expect(await inventory?.listRepositories(undefined)).toEqual({ entries: [] });
    expect(asked).toEqual([`CONNECT ${STS}:443`, `CONNECT ${API}:443`]);
    // As the role, not as who took it on.
    expect(seen).toEqual([
      expect.stringContaining('Credential=AKIAIOSFODNN7EXAMPLE/'),
      expect.stringContaining('Credential=ASIAIOSFODNN7EXAMPLE/'),
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeCertificate } from '../../support/certificate.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
  await folder.write('empty', '\n');
  await folder.write('not-json', 'x');
  const { cert, key } = makeCertificate();
  await folder.write('tls.crt', cert);
  await folder.write('tls.key', key);
  await folder.write('damaged.crt', cert.replace(/[A-Za-z0-9]{20}\n/, '\n'));
  const weak = makeCertificate(['localhost'], { curve: 'prime192v1' });
  await folder.write('weak.crt', weak.cert);
  await folder.write('weak.key', weak.key);
  await folder.write('other.key', makeCertificate().key);
});
afterAll(async () => {
  await folder.remove();
});

const TLS = { tls: { certFile: 'tls.crt', keyFile: 'tls.key', clientCaFile: 'tls.crt' } };
const [REGISTRY] = MINIMAL.registries;
const [WEBHOOK] = MINIMAL.sources;
const registry = (change: object): object => ({ ...MINIMAL, registries: [{ ...REGISTRY, ...change }] });
/** `MINIMAL` with a sweep, so changed. */
function sweep(over: object): object {
  return { ...MINIMAL, sources: [{ kind: 'poll', id: 'sweep', registry: 'prod', ...over }] };
}
const queue = (fields: Record<string, unknown>) => ({
  ...MINIMAL,
  sources: [
    {
      kind: 'sqs',
      id: 'q',
      registry: 'prod',
      queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/ecr',
      ...fields,
    },
  ],
});

const pubsub = (fields: Record<string, unknown>) => ({
  ...MINIMAL,
  sources: [
    {
      kind: 'pubsub',
      id: 'p',
      registry: 'prod',
      subscription: 'projects/acme-prod/subscriptions/lazaret',
      credentials: 'metadata',
      ...fields,
    },
  ],
});

const OAUTH = {
  mechanism: 'oauthbearer',
  tokenEndpoint: 'https://login.example.com/token',
  clientId: 'lazaret',
  clientSecretFile: 'secret',
};
/** `undefined` members are not written. */
const kafka = (fields: Record<string, unknown>) =>
  JSON.parse(
    JSON.stringify({
      ...MINIMAL,
      sources: [
        { kind: 'kafka', id: 'k', dialect: 'harbor', registry: 'prod', brokers: ['kafka:9092'], topic: 't', ...fields },
      ],
    }),
  );

const webhook = (change: object): object => {
  const { bearerFile: _, ...rest } = { ...WEBHOOK, bearerFile: '' };
  return { ...MINIMAL, sources: [{ ...rest, ...change }] };
};
const LAB = { ...REGISTRY, id: 'lab', url: 'https://lab.example.com', eventHosts: ['lab.internal'] };
const shared = (change: object): { readonly sources: object[] } => ({
  ...MINIMAL,
  sources: [{ ...WEBHOOK, registry: ['prod', 'lab'], ...change }],
});
const trust = (change: object): object => ({ ...MINIMAL, trust: [{ name: 'acme', ...change }] });
const user = { username: 'robot', passwordFile: 'secret' };

/** What is changed, and what the one fault must say. */
const FAULTS: Readonly<Record<string, readonly [object, RegExp]>> = {
  'an unknown key': [
    { ...MINIMAL, polices: [] },
    /lazaret\.yaml:\d+:1: unknown key "polices".*Did you mean "policies"/,
  ],
  'an unknown key deep inside': [
    registry({ repositores: [] }),
    /unknown key "repositores" in registries\[0\].*"repositories"/,
  ],
  'a registry without TLS that does not say so': [
    registry({ url: 'http://localhost:5000' }),
    /expected https, got plain http/,
  ],
  'a URL that contradicts plainHttp': [registry({ plainHttp: true }), /begins with http:\/\//],
  'a registry with a path': [registry({ url: 'https://registry.example.com/acme' }), /scheme, host and port only/],
  'a user in the URL': [registry({ url: 'https://a:b@registry.example.com' }), /without a user/],
  'a registry without a scheme': [registry({ url: 'registry.example.com' }), /begins with https:\/\//],
  'credentials in clear text': [
    registry({ url: 'http://registry.example.com', plainHttp: true, credentials: user }),
    /in clear text/,
  ],
  'write credentials in clear text': [
    registry({ url: 'http://registry.example.com', plainHttp: true, writeCredentials: user }),
    /in clear text/,
  ],
  'credentials without a password': [registry({ credentials: { username: 'robot' } }), /the password is missing/],
  'two passwords': [registry({ credentials: { ...user, passwordEnv: 'SLACK' } }), /exclude each other/],
  'labels for all registries, one of which has none': [
    { ...MINIMAL, quarantine: { mode: 'label' } },
    /"prod" has no labels: it is `kind: oci`.*Only `kind: harbor`.*mode: tag/,
  ],
  'labels for a registry that has none': [
    registry({ kind: 'ghcr', quarantine: { mode: 'label' } }),
    /"prod" has no labels: it is `kind: ghcr`/,
  ],
  'a lock where Lazaret cannot lock': [
    registry({ kind: 'harbor', quarantine: { mode: 'lock' } }),
    /"prod" has no locks that Lazaret knows: it is `kind: harbor`.*Only `kind: ecr`, `acr`/,
  ],
  'a label that no registry takes': [
    { ...MINIMAL, quarantine: { label: '-bad/one' } },
    /quarantine\.label: expected a label of at most 63/,
  ],
  'two entries for Docker Hub': [
    {
      ...MINIMAL,
      registries: [
        REGISTRY,
        { id: 'hub', url: 'https://index.docker.io' },
        { id: 'too', url: 'https://registry-1.docker.io' },
      ],
    },
    /registries\[1\] has the same host and some of the same repositories/,
  ],
  'a host with a dot at its end': [registry({ url: 'https://registry.example.com.' }), /without a dot at its end/],
  'an unknown kind of registry': [registry({ kind: 'oic' }), /expected one of "oci", .*"ecr".*Did you mean "oci"/],
  'a GitLab without the address of its API': [registry({ kind: 'gitlab' }), /missing key "apiUrl"/],
  'an API of a registry that has none': [
    registry({ apiUrl: 'https://x.example.com' }),
    /`apiUrl` is for `kind: harbor`/,
  ],
  'a subscription by its short name': [
    pubsub({ subscription: 'lazaret' }),
    /expected projects\/PROJECT\/subscriptions\/NAME/,
  ],
  'a subscription read by nobody': [pubsub({ credentials: 'none' }), /`none` is for an `endpoint` of an emulator/],
  'a key of a service account that is none': [
    pubsub({ credentials: { serviceAccountFile: 'secret' } }),
    /expected the JSON of a key of a service account/,
  ],
  'an emulator with a path': [pubsub({ endpoint: 'https://x.example.com/v1' }), /expected an address such as http/],
  'a Google without TLS': [
    pubsub({ endpoint: 'http://x.example.com' }),
    /credentials of Google would go to x.example.com in clear text/,
  ],
  'an API with a path': [
    registry({ kind: 'harbor', apiUrl: 'https://x.example.com/api' }),
    /expected an address such as/,
  ],
  'an API without TLS': [
    registry({ kind: 'gitlab', apiUrl: 'http://x.example.com' }),
    /expected https, got plain http/,
  ],
  'a key of ECR for a Harbor': [registry({ kind: 'harbor', region: 'eu-central-1' }), /for `kind: ecr` only/],
  'no repositories': [registry({ repositories: [] }), /repositories/],
  'a repository without a name': [registry({ repositories: [''] }), /got empty text/],
  'a repository that stands twice': [
    registry({ repositories: ['acme/**', 'acme/app', 'acme/**'] }),
    /is there already/,
  ],
  'a repository that can be none': [
    registry({ repositories: ['Acme/App'] }),
    /no repository can be called "Acme\/App"/,
  ],
  'no requests at once': [registry({ concurrency: 0 }), /concurrency/],
  'half a request at once': [registry({ concurrency: 0.5 }), /concurrency/],
  'no requests a minute': [registry({ requestsPerMinute: 0 }), /requestsPerMinute/],
  'requests a minute in words': [registry({ requestsPerMinute: '60/min' }), /requestsPerMinute/],
  'a glob of another language': [registry({ repositories: ['acme/{a,b}'] }), /only \*, \*\* and \?/],
  'an id given twice': [
    { ...MINIMAL, registries: [REGISTRY, { ...REGISTRY, url: 'https://b.example.com' }] },
    /"prod" is the id of registries\[0\] too/,
  ],
  'one repository in two registries': [
    { ...MINIMAL, registries: [REGISTRY, { ...REGISTRY, id: 'other', repositories: ['acme/**'] }] },
    /registries\[0\] has the same host/,
  ],
  'an unknown registry': [webhook({ registry: 'prd', bearerFile: 'secret' }), /unknown registry "prd".*"prod"/],
  'an unknown registry among several': [
    { ...shared({ registry: ['prod', 'prd'] }), registries: [{ ...REGISTRY, eventHosts: ['a.example'] }] },
    /unknown registry "prd".*"prod"/,
  ],
  'registries of one source without names to tell them apart': [
    { ...shared({}), registries: [REGISTRY, LAB] },
    /"prod" shares this source and has no `eventHosts`/,
  ],
  'registries of one source that share a name': [
    {
      ...shared({}),
      registries: [
        { ...REGISTRY, eventHosts: ['Registry.internal:443'] },
        { ...LAB, eventHosts: ['registry.internal'] },
      ],
    },
    /"prod" and "lab" share this source and a name/,
  ],
  'several registries of one source whose dialect names none': [
    { ...shared({ dialect: 'zot' }), registries: [{ ...REGISTRY, eventHosts: ['a.example'] }, LAB] },
    /zot names no host/,
  ],
  'A1: a webhook that would believe anybody': [webhook({}), /would believe anybody/],
  'A1: a webhook whose path can be guessed': [webhook({ path: 'hook' }), /16 to 200 random/],
  'A1: two secret paths of which one can be guessed': [
    webhook({ path: ['a-long-random-path-0123', 'hook'] }),
    /16 to 200 random/,
  ],
  'A1: HMAC-SHA1 of a vendor who can do better': [
    webhook({ hmac: { algorithm: 'sha1', secretFile: 'secret' } }),
    /SHA-1 is for the dialect nexus only, got distribution.*sign with SHA-256/,
  ],
  'A1: tokens for anybody who has an account at the issuer': [
    webhook({ oidc: { issuer: 'https://accounts.google.com', audience: 'lazaret' } }),
    /expected `email` or `subject` \(.*an audience alone names nobody/,
  ],
  'A1: an issuer in clear text': [
    webhook({ oidc: { issuer: 'http://accounts.google.com', audience: 'lazaret', subject: 'x' } }),
    /expected the issuer as its tokens name it/,
  ],
  'A16: certificates of clients under any name': [
    { ...webhook({ clientCertificate: {} }), http: TLS },
    /expected `dnsName`, `uri` or `commonName` \(Without a name/,
  ],
  'A16: certificates of clients of no authority': [
    webhook({ clientCertificate: { dnsName: 'quay.example.com' } }),
    /no authority of client certificates is configured.*clientCaFile/,
  ],
  'a key that is not that of the certificate': [
    { ...MINIMAL, http: { tls: { ...TLS.tls, keyFile: 'other.key' } } },
    /the key is not that of the certificate/,
  ],
  'a certificate that is none': [
    { ...MINIMAL, http: { tls: { ...TLS.tls, certFile: 'secret' } } },
    /:19:15: expected certificates \(PEM\)/,
  ],
  'a certificate that is damaged': [
    { ...MINIMAL, http: { tls: { ...TLS.tls, certFile: 'damaged.crt' } } },
    /:19:15: expected certificates \(PEM\)/,
  ],
  'a certificate whose key is too short to be served with': [
    { ...MINIMAL, http: { tls: { certFile: 'weak.crt', keyFile: 'weak.key' } } },
    /this certificate cannot be served with: .*too small/,
  ],
  'an authority that is no certificate': [
    { ...MINIMAL, http: { tls: { ...TLS.tls, clientCaFile: 'secret' } } },
    /:21:19: expected certificates \(PEM\)/,
  ],
  'a key that is none': [
    { ...MINIMAL, http: { tls: { ...TLS.tls, keyFile: 'secret' } } },
    /expected a private key \(PEM\) without a passphrase/,
  ],
  'a login by token without where tokens come from': [
    kafka({ sasl: { mechanism: 'oauthbearer' } }),
    /where tokens come from is missing/,
  ],
  'a token service without an id': [kafka({ sasl: { ...OAUTH, clientId: undefined } }), /missing key "clientId"/],
  'a token service without a secret': [
    kafka({ sasl: { ...OAUTH, clientSecretFile: undefined } }),
    /the secret is missing/,
  ],
  'a token service in clear text': [
    kafka({ sasl: { ...OAUTH, tokenEndpoint: 'http://login.example.com/token' } }),
    /expected the URL of a token service.*begins with https/,
  ],
  'a password for a login by token': [
    kafka({ sasl: { ...OAUTH, passwordFile: 'secret' } }),
    /`passwordFile` does not go with oauthbearer.*`tokenFile`/,
  ],
  'a login by password without a user': [
    kafka({ sasl: { mechanism: 'plain', passwordFile: 'secret' } }),
    /missing key "username"/,
  ],
  'an extension that would be another field': [
    kafka({ sasl: { ...OAUTH, extensions: { logicalCluster: 'a\u0001auth=b' } } }),
    /logicalCluster/,
  ],
  'a cluster of Amazon MSK in an unknown region': [
    kafka({ sasl: { mechanism: 'aws-msk-iam' } }),
    /missing key "region".*names of the brokers/,
  ],
  'a cluster of Amazon MSK without TLS': [
    kafka({ sasl: { mechanism: 'aws-msk-iam', region: 'eu-central-1' }, tls: false }),
    /aws-msk-iam goes by TLS alone/,
  ],
  'A1: a webhook with an empty secret': [webhook({ bearerFile: 'empty' }), /empty is empty/],
  'two ways to know the sender': [
    webhook({ bearerFile: 'secret', path: 'a-long-random-path-0123' }),
    /exclude each other/,
  ],
  'an unknown dialect': [webhook({ dialect: 'habor', bearerFile: 'secret' }), /Did you mean "harbor"/],
  'a sweep a second': [sweep({ every: '1s' }), /expected a duration from 1m to 7d, got 1s/],
  'a sweep of no registry': [sweep({ registry: 'prd' }), /unknown registry "prd"/],
  'a sweep of no tags': [sweep({ tags: { newest: 0 } }), /newest/],
  'tags that are no glob': [sweep({ tags: { include: ['v{1,2}'] } }), /only \*, \*\* and \?/],
  'a baseline of another kind': [sweep({ baseline: 'ignore' }), /baseline/],
  'a queue that is no URL of one': [queue({ queueUrl: 'ecr-events' }), /expected the URL of a queue/],
  'a queue on a page of AWS': [
    queue({ queueUrl: 'https://eu-central-1.console.aws.amazon.com/sqs' }),
    /URL of a queue/,
  ],
  'a queue whose region nobody says': [
    queue({ queueUrl: 'https://sqs.example.com/123456789012/ecr' }),
    /missing key "region"/,
  ],
  'a queue of another region': [queue({ region: 'us-east-1' }), /expected eu-central-1 as the queueUrl says/],
  'a queue that is asked in the open': [
    queue({ queueUrl: 'http://sqs.eu-central-1.amazonaws.com/123456789012/ecr' }),
    /credentials of AWS would go to sqs.eu-central-1.amazonaws.com in clear text/,
  ],
  'a queue behind an endpoint that is none': [queue({ endpoint: 'moto' }), /expected an address such as/],
  'a queue read in a role that is none': [queue({ roleArn: 'lazaret' }), /expected a role such as/],
  'an unknown source': [{ ...MINIMAL, sources: [{ kind: 'webhok' }] }, /Did you mean "webhook"/],
  'a broker without a port': [
    {
      ...MINIMAL,
      sources: [{ kind: 'kafka', id: 'k', dialect: 'lazaret', registry: 'prod', topic: 't', brokers: ['kafka'] }],
    },
    /kafka:9092/,
  ],
  'a trust root from nowhere': [trust({}), /nothing says where/],
  'a trust root file that is not there': [trust({ trustedRootFile: 'none.json' }), /there is no file none\.json/],
  'a trust root file that is not JSON': [trust({ trustedRootFile: 'not-json' }), /is not JSON/],
  'D6: no proof of time': [
    { ...MINIMAL, trust: [{ name: 'sigstore', thresholds: { time: 0 } }] },
    /thresholds\.time: expected at least 1/,
  ],
  'D6: lowered thresholds of the public instance': [
    { ...MINIMAL, trust: [{ name: 'sigstore', thresholds: { log: 0 } }] },
    /expected at least 1 for `sigstore`/,
  ],
  "D6: no proof of time of GitHub's instance, which has no other proof": [
    { ...MINIMAL, trust: [{ name: 'github', thresholds: { time: 0 } }] },
    /thresholds\.time: expected at least 1/,
  ],
  'W20: chains of an instance that has none': [
    { ...MINIMAL, trust: [{ name: 'sigstore', chains: true }] },
    /`chains` is for certificate authorities of your own, and `sigstore` is none/,
  ],
  'a refresh that nothing could be done for': [
    trust({ tuf: { url: 'https://tuf.example.com', rootFile: 'empty' }, refresh: false }),
    /`refresh` is only for `sigstore` and `github`/,
  ],
  'a tag template without a digest': [{ ...MINIMAL, quarantine: { tag: 'quarantined' } }, /expected a digest/],
  'a tag template without a word of ours': [{ ...MINIMAL, quarantine: { tag: '{digest12}' } }, /makes the tag ours/],
  "a tag template that looks like a signature's": [
    { ...MINIMAL, quarantine: { tag: 'sha256-{digest}' } },
    /signature's tag/,
  ],
  'a breaker that never lets go': [{ ...MINIMAL, quarantine: { breaker: { share: 2 } } }, /share: expected at most 1/],
  'Slack over plain http': [
    { ...MINIMAL, notify: [{ kind: 'slack', id: 's', url: 'http://hooks.slack.com/x' }] },
    /got plain http/,
  ],
  'a sink without an address': [{ ...MINIMAL, notify: [{ kind: 'slack', id: 's' }] }, /address is missing/],
  'a mail address that is none': [
    { ...MINIMAL, notify: [{ kind: 'email', id: 'e', smtp: { host: 'mail' }, from: 'me', to: ['a@b.example'] }] },
    /expected a mail address/,
  ],
  'a mail user without a password': [
    {
      ...MINIMAL,
      notify: [
        { kind: 'email', id: 'e', smtp: { host: 'mail', username: 'u' }, from: 'a@b.example', to: ['a@b.example'] },
      ],
    },
    /password is missing/,
  ],
  'a database of another kind': [{ ...MINIMAL, postgres: { url: 'mysql://db/x' } }, /postgres:\/\//],
  'a duration without a unit': [{ ...MINIMAL, sweepEvery: '60' }, /a duration such as/],
  'a duration out of bounds': [{ ...MINIMAL, sweepEvery: '2d' }, /from 1s to 1h, got 2d/],
  'a path of policies that is none': [{ ...MINIMAL, policies: ['x'.repeat(100_000)] }, /a text of 100000 characters/],
  'policies that are not there': [{ ...MINIMAL, policies: ['none/*.yaml'] }, /no policy file is at "none\/\*\.yaml"/],
};

describe('a configuration is refused for', () => {
  it.each(Object.entries(FAULTS))('%s', async (_, [config, words]) => {
    const { faults } = await folder.load(config);
    expect(faults).toEqual([expect.stringMatching(words)]);
    expect(faults[0]).toMatch(/^lazaret\.yaml:\d+:\d+: /);
  });
});

describe('faults of a configuration', () => {
  it('SECRET_UNREADABLE: a secret file that is not there is named', async () => {
    const { code, faults } = await folder.load(registry({ credentials: { username: 'robot', passwordFile: 'nope' } }));
    expect(code).toBe('SECRET_UNREADABLE');
    expect(faults).toEqual([expect.stringMatching(/there is no file nope/)]);
  });

  it('SECRET_UNREADABLE: a variable that is not set is named', async () => {
    const { code, faults } = await folder.load(webhook({ bearerEnv: 'HOOK_TOKEN' }));
    expect(code).toBe('SECRET_UNREADABLE');
    expect(faults).toEqual([expect.stringContaining('HOOK_TOKEN is not set')]);
  });

  it('POLICY_INVALID: a policy that names an unknown trust root is told with its own line', async () => {
    const signer = { trust: 'acm', issuer: 'https://issuer.example', subject: 'me' };
    await folder.write('bad/p.yaml', {
      apiVersion: 'lazaret.dev/v1',
      kind: 'ImagePolicy',
      metadata: { name: 'bad' },
      spec: { images: ['registry.example.com/**'], require: [{ name: 'signed', signature: { signer } }] },
    });
    const { code, faults } = await folder.load({ ...MINIMAL, policies: ['bad/*.yaml'] });
    expect(code).toBe('POLICY_INVALID');
    expect(faults).toEqual([expect.stringMatching(/^bad\/p\.yaml:\d+:\d+: unknown trust root "acm"/)]);
  });

  it('POLICY_INVALID: a repository of evidence must lie on a configured registry', async () => {
    const write = (name: string, repository: string) =>
      folder.write(name, {
        apiVersion: 'lazaret.dev/v1',
        kind: 'ImagePolicy',
        metadata: { name: 'sigs' },
        spec: {
          images: ['registry.example.com/**'],
          evidence: { repositories: [repository] },
          require: [{ name: 'signed', signature: { signer: { issuer: 'https://issuer.example', subject: 'me' } } }],
        },
      });
    await write('elsewhere/p.yaml', 'sigs.example.com/acme/signatures');
    const { code, faults } = await folder.load({ ...MINIMAL, policies: ['elsewhere/*.yaml'] });
    expect(code).toBe('POLICY_INVALID');
    expect(faults).toEqual([
      expect.stringMatching(
        /^elsewhere\/p\.yaml:\d+:\d+: no configured registry has the host "sigs\.example\.com".*registry\.example\.com/,
      ),
    ]);
    await write('elsewhere/p.yaml', 'registry.example.com/acme/signatures');
    const fine = await folder.load({ ...MINIMAL, policies: ['elsewhere/*.yaml'] });
    expect(fine.faults).toEqual([]);
  });

  it('are told all at once, those of the file in its order, then those of policies', async () => {
    const { code, faults } = await folder.load({
      ...MINIMAL,
      registries: [
        { id: 'prod', url: 'https://registry.example.com', credentials: { username: 'a', passwordFile: 'b' } },
      ],
      sources: [{ ...WEBHOOK, registry: 'prd' }],
      policies: ['bad/*.yaml', 'none.yaml'],
      quarantine: { mode: 'tga' },
    });
    expect(code).toBe('CONFIG_INVALID');
    expect(faults.map((fault) => fault.replace(/:\d+:\d+/, ''))).toEqual([
      expect.stringMatching(/^lazaret\.yaml: there is no file b/),
      expect.stringMatching(/^lazaret\.yaml: unknown registry "prd"/),
      expect.stringMatching(
        /^lazaret\.yaml: quarantine\.mode: expected one of "tag", "label", "lock", "rehearse", "observe", got "tga"/,
      ),
      expect.stringMatching(/^lazaret\.yaml: no policy file is at "none\.yaml"/),
      expect.stringMatching(/^bad\/p\.yaml: unknown trust root "acm"/),
    ]);
  });

  it('are told beside a key that stands twice', async () => {
    const { code, faults } = await folder.load(
      `${stringify({ ...MINIMAL, quarantine: { mode: 'tga' } })}noMatch: fail\nnoMatch: alert\n`,
    );
    expect(code).toBe('CONFIG_INVALID');
    expect(faults).toEqual([
      expect.stringMatching(/quarantine\.mode: expected one of/),
      expect.stringMatching(/expected each key once, got a repeat/),
    ]);
  });

  it('never quote what may be a secret in the wrong place', async () => {
    const { faults } = await folder.load({
      ...registry({ credentials: { username: 'robot', password: 'hunter2hunter2' } }),
      redis: { url: 'hunter2hunter2' },
      http: { token: 'hunter2hunter2' },
    });
    expect(faults.length).toBeGreaterThanOrEqual(3);
    expect(faults.join('\n')).not.toContain('hunter2');
  });
});

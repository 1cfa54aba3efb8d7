import dns from 'node:dns';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../support/cli/run.ts';
import { freePort } from '../../support/free-port.ts';
import type { Pushed } from '../../support/oci-push.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage, pushIndex, pushReferrer } from '../../support/push-image.ts';
import { type Olareg, startOlareg } from '../../support/servers/olareg.ts';
import { TEST_USERS } from '../../support/servers/test-users.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const SOURCE = 'https://github.com/acme/app';
const REPOSITORY = 'acme/app';

let dir: TempDir;
let world: SigstoreWorld;
const path = (name: string): string => join(dir.path, name);

function write(name: string, content: string): string {
  writeFileSync(path(name), content);
  return path(name);
}

function policyFor(image: string, require: readonly object[]): string {
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'acme-apps' },
    spec: { images: [image], require },
  });
}

const BY_WORKFLOW = {
  name: 'built by our release workflow',
  provenance: {
    signer: {
      issuer: GITHUB_ISSUER,
      subject: { pattern: `${SOURCE}/.github/workflows/release.yml@refs/tags/v.*` },
    },
    source: { repository: SOURCE },
  },
};

/** From now on no name is known: tells which were asked for. */
function withoutNetwork(): readonly string[] {
  const hosts: string[] = [];
  const refuse = (host: string, ...rest: readonly unknown[]): void => {
    hosts.push(host);
    const answer = rest.at(-1) as (error: Error) => void;
    answer(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  };
  vi.spyOn(dns, 'lookup').mockImplementation(refuse as never);
  return hosts;
}
afterEach(() => void vi.restoreAllMocks());

beforeAll(async () => {
  dir = await makeTempDir('verify');
  world = createSigstoreWorld();
  write('trusted-root.json', world.trustedRoot);
});
afterAll(() => dir.remove());

describeWithPart('olareg', 'lazaret verify, on a real registry', () => {
  let registry: Olareg;
  let policy: string;
  const name = (tag: string): string => `${registry.host}/${REPOSITORY}:${tag}`;

  beforeAll(async () => {
    registry = await startOlareg();
    policy = write('policy.yaml', policyFor(`${registry.host}/**`, [BY_WORKFLOW]));
  });
  afterAll(() => registry.stop());

  /** Runs it without a configuration, as in somebody's pipeline. */
  function verify(image: string, ...more: readonly string[]): ReturnType<typeof run> {
    const options = ['--policy', policy, '--trusted-root', path('trusted-root.json'), '--plain-http'];
    return run(['verify', image, ...options, ...more], { env: { DOCKER_CONFIG: dir.path } });
  }

  function attest(image: Pushed, run: { readonly repository?: string } = {}): Promise<Pushed> {
    const { repository = 'acme/app' } = run;
    const identity = world.mintGithub({
      repository,
      workflow: '.github/workflows/release.yml',
      ref: 'refs/tags/v1.4.2',
    });
    const source = { repository: `https://github.com/${repository}`, ref: 'refs/tags/v1.4.2' };
    return pushReferrer(
      registry.url,
      REPOSITORY,
      image,
      world.attestProvenance({ digest: image.digest, identity, source }),
    );
  }

  it('passes an image of the right workflow: exit 0, and every requirement with the evidence that proved it', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'good');
    await attest(image);
    const { code, out, err } = await verify(name('good'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^pass {2}127\.0\.0\.1:\d+\/acme\/app:good@sha256:[0-9a-f]{64}\n/);
    expect(out).toContain(image.digest);
    expect(out).toContain('✓ built by our release workflow');
    expect(out.replaceAll(/\s+/g, ' ')).toContain('counts: Signed by https://github.com/acme/app/');
  });

  it('fails an unsigned image: exit 1, fail-missing, and says what to do', async () => {
    await pushImage(registry.url, REPOSITORY, 'unsigned');
    const { code, out } = await verify(name('unsigned'), '--output', 'json');
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ outcome: 'fail-missing', code: 'PROVENANCE_MISSING' });
    expect(report.requirements).toMatchObject([
      { name: BY_WORKFLOW.name, satisfied: false, code: 'PROVENANCE_MISSING', evidence: [] },
    ]);
    expect(report.requirements[0].advice).not.toBe('');
  });

  it("fails a stranger's image: exit 1, fail-evidence, expected and found", async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'stranger');
    await attest(image, { repository: 'mallory/app' });
    const { code, out } = await verify(name('stranger'), '-o', 'json');
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ outcome: 'fail-evidence', code: 'SIGNER_NOT_ALLOWED', digest: image.digest });
    expect(report.reason).toContain('https://github.com/mallory/app');
    expect(report.requirements[0].evidence).toMatchObject([{ counted: false, code: 'SIGNER_NOT_ALLOWED' }]);
  });

  it('waits for a signature that follows the image', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'late');
    const started = verify(name('late'), '--wait', '1m');
    await attest(image);
    expect((await started).code).toBe(0);
  });

  it('takes evidence as large as it is told to, and no larger', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'large');
    await attest(image);
    // Nobody signed this one, and it does not say what it is.
    await pushReferrer(registry.url, REPOSITORY, image, `{"x":"${'x'.repeat(1024 * 1024)}"}`);
    expect((await verify(name('large'), '--evidence-mib', '1')).code).toBe(0);
    const other = await pushImage(registry.url, REPOSITORY, 'larger');
    await pushReferrer(registry.url, REPOSITORY, other, `{"x":"${'x'.repeat(1024 * 1024)}"}`);
    expect((await verify(name('larger'), '--evidence-mib', '1')).out).toContain('EVIDENCE_OVER_LIMIT');
    expect((await verify(name('larger'))).out).toContain('EVIDENCE_UNSUPPORTED');
  });

  it('judges by digest without asking for a tag', async () => {
    const image = await pushImage(registry.url, REPOSITORY, null);
    await attest(image);
    const { code, out } = await verify(`${registry.host}/${REPOSITORY}@${image.digest}`, '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out).image).toBe(`${registry.host}/${REPOSITORY}@${image.digest}`);
  });

  it('judges by a key, with no trust root at all', async () => {
    const key = createKeyPair();
    const image = await pushImage(registry.url, REPOSITORY, 'keyed');
    const bundle = world.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushReferrer(registry.url, REPOSITORY, image, bundle);
    write('team.pub', key.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const keyed = write(
      'keyed.yaml',
      policyFor(`${registry.host}/**`, [{ name: 'ours', signature: { signer: { key: 'team.pub' } } }]),
    );
    const args = ['verify', name('keyed'), '-p', keyed, '--plain-http'];
    const { code, err } = await run(args, { env: { DOCKER_CONFIG: dir.path } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('knows the trust root github without a configuration, and asks its repository alone', async () => {
    await pushImage(registry.url, REPOSITORY, 'private');
    const signer = { trust: 'github', issuer: GITHUB_ISSUER, subject: `${SOURCE}/release.yml@refs/tags/v1` };
    const require = [{ name: 'built in private', provenance: { signer } }];
    const hosts = withoutNetwork();
    const args = ['verify', name('private'), '-p', write('github.yaml', policyFor(`${registry.host}/**`, require))];
    const { code, out, err } = await run([...args, '--plain-http', '-o', 'json'], { env: { DOCKER_CONFIG: dir.path } });
    expect({ code, outcome: JSON.parse(out).outcome }).toEqual({ code: 1, outcome: 'fail-missing' });
    expect(err).toContain('trust root "github": it was never refreshed: no trust root from tuf-repo.github.com: ');
    expect([...new Set(hosts)]).toEqual(['tuf-repo.github.com']);
  });

  it('judges by a configuration as the daemon would', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'configured');
    await attest(image);
    const config = write(
      'lazaret.yaml',
      stringify({
        registries: [{ id: 'test', url: registry.url, plainHttp: true, repositories: ['acme/**'] }],
        trust: [{ name: 'sigstore', trustedRootFile: 'trusted-root.json' }],
        policies: ['policy.yaml'],
      }),
    );
    const { code, err } = await run(['verify', name('configured'), '--config', config]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('judges by a policy of policy-controller whose KMS key the configuration gives', async () => {
    const key = createKeyPair();
    const image = await pushImage(registry.url, REPOSITORY, 'kms');
    const bundle = world.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushReferrer(registry.url, REPOSITORY, image, bundle);
    write('kms.pub', key.pem);
    const reference = 'azurekms://vault.example/release';
    const byKms = write(
      'kms.yaml',
      JSON.stringify({
        apiVersion: 'policy.sigstore.dev/v1beta1',
        kind: 'ClusterImagePolicy',
        metadata: { name: 'kms' },
        spec: { images: [{ glob: `${registry.host}/**` }], authorities: [{ key: { kms: reference } }] },
      }),
    );
    const registries = [{ id: 'test', url: registry.url, plainHttp: true, repositories: ['acme/**'] }];
    const kmsKeys = [{ reference, publicKeyFile: 'kms.pub' }];
    const config = write('kms-config.yaml', JSON.stringify({ registries, policies: ['kms.yaml'], kmsKeys }));
    for (const policies of [[], ['--policy', byKms]]) {
      const { code, out, err } = await run(['verify', name('kms'), '--config', config, ...policies]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`by the key ${reference}`);
    }
    expect(await run(['verify', name('kms'), '--policy', byKms, '--plain-http'])).toMatchObject({ code: 2 });
  });

  it('reaches a repository the daemon does not look after as its host is configured', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'elsewhere');
    await attest(image);
    const config = write(
      'elsewhere.yaml',
      JSON.stringify({
        registries: [{ id: 'test', url: registry.url, plainHttp: true, repositories: ['other/**'] }],
        trust: [{ name: 'sigstore', trustedRootFile: 'trusted-root.json' }],
        policies: ['policy.yaml'],
      }),
    );
    expect((await run(['verify', name('elsewhere'), '--config', config])).code).toBe(0);
  });

  it('finds evidence in another repository that the policy names, with and without a configuration', async () => {
    const key = createKeyPair();
    const image = await pushImage(registry.url, REPOSITORY, 'served');
    const bundle = world.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushReferrer(registry.url, 'other/signatures', image, bundle);
    write('served.pub', key.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const served = policyFor(`${registry.host}/**`, [{ name: 'ours', signature: { signer: { key: 'served.pub' } } }]);
    const evidence = `spec:\n  evidence: { repositories: ["${registry.host}/other/signatures"] }`;
    const file = write('served.yaml', served.replace('spec:', evidence));
    const config = write(
      'served-config.yaml',
      JSON.stringify({
        registries: [{ id: 'test', url: registry.url, plainHttp: true, repositories: ['acme/**'] }],
        policies: ['served.yaml'],
      }),
    );
    for (const options of [
      ['-p', file, '--plain-http'],
      ['--config', config],
    ]) {
      const { code, out, err } = await run(['verify', name('served'), ...options], {
        env: { DOCKER_CONFIG: dir.path },
      });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.replaceAll(/\s+/g, ' ')).toContain(`referrer in ${registry.host}/other/signatures sha256:`);
    }
  });

  it('writes nothing: the tags are what they were', async () => {
    const tags = async (): Promise<unknown> => (await fetch(`${registry.url}/v2/${REPOSITORY}/tags/list`)).json();
    await pushImage(registry.url, REPOSITORY, 'untouched');
    const before = await tags();
    await verify(name('untouched'));
    expect(await tags()).toEqual(before);
  });

  it('refuses an image the registry does not have: exit 2, REFERENCE_INVALID', async () => {
    const { code, out, err } = await verify(name('nowhere'));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`the registry has no image ${name('nowhere')} (REFERENCE_INVALID)`);
  });

  it('refuses evidence in place of an image, and names the image: exit 2', async () => {
    const image = await pushImage(registry.url, REPOSITORY, 'subject');
    const bundle = await attest(image);
    const { code, err } = await verify(`${registry.host}/${REPOSITORY}@${bundle.digest}`);
    expect(code).toBe(2);
    expect(err).toContain('is no image, but evidence about one');
    expect(err).toContain(image.digest);
  });

  it('judges an index by its own evidence', async () => {
    const children = [await pushImage(registry.url, REPOSITORY, null), await pushImage(registry.url, REPOSITORY, null)];
    const index = await pushIndex(registry.url, REPOSITORY, 'multi', children);
    await attest(index);
    expect((await verify(name('multi'))).code).toBe(0);
  });

  it('refuses an image that no policy covers: exit 2, and says which are covered', async () => {
    const other = write('other.yaml', policyFor('registry.example.com/acme/**', [BY_WORKFLOW]));
    const { code, err } = await run(['verify', name('good'), '-p', other, '--plain-http']);
    expect(code).toBe(2);
    expect(err).toContain(`no policy covers ${registry.host}/${REPOSITORY} (USAGE_INVALID)`);
    expect(err).toContain('covers registry.example.com/acme/**');
  });

  it('speaks TLS unless told otherwise: exit 3, nothing is known', async () => {
    const args = ['verify', name('good'), '-p', policy, '--trusted-root', path('trusted-root.json'), '-o', 'json'];
    const { code, out } = await run(args, { env: { DOCKER_CONFIG: dir.path } });
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'indeterminate', digest: null });
  });
});

describeWithPart('olareg', 'lazaret verify, on a registry that asks who one is', () => {
  let registry: Olareg;
  beforeAll(async () => {
    registry = await startOlareg({ auth: 'token' });
    write('private.yaml', policyFor(`${registry.host}/**`, [BY_WORKFLOW]));
  });
  afterAll(() => registry.stop());

  async function verifyAs(username: string, password: string): ReturnType<typeof run> {
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    write('config.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const args = ['verify', `${registry.host}/${REPOSITORY}:v1`, '-p', path('private.yaml'), '--plain-http'];
    return run([...args, '--trusted-root', path('trusted-root.json'), '-o', 'json'], {
      env: { DOCKER_CONFIG: dir.path },
    });
  }

  it("takes the credentials of Docker's config.json", async () => {
    const target = { url: registry.url, username: 'writer', password: TEST_USERS.writer.password };
    await pushImage(target, REPOSITORY, 'v1');
    const { code, out } = await verifyAs('reader', TEST_USERS.reader.password);
    expect({ code, outcome: JSON.parse(out).outcome }).toEqual({ code: 1, outcome: 'fail-missing' });
  });

  it('wrong credentials are no verdict: exit 3, and the reason names the registry, never the password', async () => {
    const { code, out, err } = await verifyAs('reader', 'canary-wrong-password');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'indeterminate', code: 'COULD_NOT_TELL' });
    expect(JSON.parse(out).reason).toContain(registry.host);
    expect(out + err).not.toContain('canary');
  });
});

describe('lazaret verify, with bad input', () => {
  const policyOf = (image: string): string => write('bad.yaml', policyFor(image, [BY_WORKFLOW]));

  it('an unreachable registry is no verdict: exit 3, REGISTRY_UNREACHABLE', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const args = ['verify', `${host}/acme/app:v1`, '-p', policyOf(`${host}/**`), '--plain-http'];
    const { code, out } = await run(args, { env: { DOCKER_CONFIG: dir.path } });
    expect(code).toBe(3);
    expect(out).toContain('indeterminate');
    expect(out).toContain('REGISTRY_UNREACHABLE');
  });

  it.each([
    ['ACME/App:v1', 'Repository names are in lower case.'],
    ['registry.example.com/acme/app@sha256:abc', 'A digest is sha256: and 64 hexadecimal digits'],
    ['https://registry.example.com/acme/app', 'Leave out the scheme'],
  ])('%s is no image: REFERENCE_INVALID, exit 2', async (image, hint) => {
    const { code, err } = await run(['verify', image, '-p', policyOf('**')]);
    expect(code).toBe(2);
    expect(err).toContain('REFERENCE_INVALID');
    expect(err).toContain(hint);
  });

  it('a duration that is none: exit 2', async () => {
    const { code, err } = await run(['verify', 'r.example/a', '-p', policyOf('**'), '--wait', 'soon']);
    expect(code).toBe(2);
    expect(err).toContain('--wait: expected up to 24h, got "soon"');
  });

  it.each(['0', '65', '1.5', 'much'])('a size of evidence that cannot be: exit 2 (%s)', async (size) => {
    const { code, err } = await run(['verify', 'r.example/a', '-p', policyOf('**'), '--evidence-mib', size]);
    expect(code).toBe(2);
    expect(err).toContain(`--evidence-mib: expected 1 to 64, got "${size}"`);
  });

  it('a trust root that is not there, or none: TRUST_ROOT_INVALID, exit 2', async () => {
    const policy = policyOf('127.0.0.1:1/**');
    const missing = await run(['verify', '127.0.0.1:1/a', '-p', policy, '--trusted-root', path('none.json')]);
    expect(missing.code).toBe(2);
    expect(missing.err).toContain(`${path('none.json')}: there is no such file`);
    const broken = write('broken-root.json', '{}');
    const { code, err } = await run(['verify', '127.0.0.1:1/a', '-p', policy, '--trusted-root', broken]);
    expect(code).toBe(2);
    expect(err).toContain('TRUST_ROOT_INVALID');
    expect(err).toContain(broken);
  });

  it('no policy and no configuration: CONFIG_NOT_FOUND, exit 2', async () => {
    const { code, err } = await run(['verify', 'r.example/a', '--config', path('nowhere.yaml')]);
    expect(code).toBe(2);
    expect(err).toContain('CONFIG_NOT_FOUND');
  });

  it('neither a policy nor a configuration: says that a policy is enough', async () => {
    const here = process.cwd();
    const empty = await makeTempDir('empty');
    process.chdir(empty.path);
    try {
      const { code, err } = await run(['verify', 'r.example/a']);
      expect(code).toBe(2);
      expect(err).toContain('CONFIG_NOT_FOUND');
      expect(err).toContain('--policy FILE');
    } finally {
      process.chdir(here);
      await empty.remove();
    }
  });

  it('a broken policy: every fault, exit 2', async () => {
    const { code, err } = await run(['verify', 'r.example/a', '-p', write('faulty.yaml', 'kind: ImagePolicy')]);
    expect(code).toBe(2);
    expect(err).toContain('POLICY_INVALID');
  });
});

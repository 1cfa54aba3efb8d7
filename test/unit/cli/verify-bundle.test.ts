import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { run } from '../../support/cli/run.ts';
import { createKeyPair, createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const BUNDLES = join(import.meta.dirname, '../../fixtures/bundles');
const fixture = (name: string): string => join(BUNDLES, name);

let dir: TempDir;
let world: SigstoreWorld;

function write(name: string, content: string | Uint8Array): string {
  const path = join(dir.path, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(async () => {
  dir = await makeTempDir('bundle');
  world = createSigstoreWorld();
  write('root.json', world.trustedRoot);
});
afterAll(() => dir.remove());

const verify = (...args: readonly string[]) => run(['verify-bundle', ...args]);
const by = (identity: string, issuer: string): string[] => [
  '--certificate-identity',
  identity,
  '--certificate-oidc-issuer',
  issuer,
];

/** Who signed the real bundles of the staging instance. */
const WILLIAM = by('william@yossarian.net', 'https://github.com/login/oauth');

describe('lazaret verify-bundle, on bundles of the staging instance', () => {
  const message = (name: string): string[] => ['--staging', '--bundle', fixture(`${name}.json`)];

  it.each(['message-rekor1-staging', 'message-rekor2-tsa-staging'])('verifies %s over its file', async (name) => {
    const probe = await verify(
      ...message(name),
      ...by('nobody', 'https://nobody.example'),
      fixture(`${name}.artifact`),
    );
    // What it found is who signed: with exactly these names it verifies.
    const found = /found +(\S+) \(vouched for by (\S+)\)/.exec(probe.out);
    expect(probe.code).toBe(1);
    const signer = by(found?.[1] ?? '', found?.[2] ?? '');
    const { code, out, err } = await verify(...message(name), ...signer, fixture(`${name}.artifact`));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^verified: Signed by /);
  });

  it('verifies over the digest alone, by sha256:HEX', async () => {
    const digest = digestOf(readFileSync(fixture('message-rekor1-staging.artifact')));
    expect((await verify(...message('message-rekor1-staging'), ...WILLIAM, digest)).code).toBe(0);
    const other = digestOf(Buffer.from('another file'));
    expect((await verify(...message('message-rekor1-staging'), ...WILLIAM, other)).code).toBe(1);
  });

  it('does not verify over another file', async () => {
    const { code, out } = await verify(...message('message-rekor1-staging'), ...WILLIAM, write('other', 'other'));
    expect(code).toBe(1);
    expect(out).toContain('SUBJECT_MISMATCH');
  });

  it('does not verify with the trust root of another instance', async () => {
    const artifact = fixture('message-rekor1-staging.artifact');
    const { code } = await verify('--bundle', fixture('message-rekor1-staging.json'), ...WILLIAM, artifact);
    expect(code).toBe(1);
    const own = ['--trusted-root', join(dir.path, 'root.json')];
    expect((await verify(...own, '--bundle', fixture('message-rekor1-staging.json'), ...WILLIAM, artifact)).code).toBe(
      1,
    );
  });

  it('verifies an attestation by its subject', async () => {
    const subject = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf';
    const args = ['--staging', '--bundle', fixture('slsa1-rekor2-tsa-staging.json')];
    const probe = await verify(...args, ...by('nobody', 'https://nobody.example'), subject);
    const found = /found +(\S+) \(vouched for by (\S+)\)/.exec(probe.out);
    expect((await verify(...args, ...by(found?.[1] ?? '', found?.[2] ?? ''), subject)).code).toBe(0);
  });
});

describe('W1, W2: lazaret verify-bundle: who signed', () => {
  const artifact = Buffer.from('an artifact');
  const identity = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
  let args: string[];
  let issuer: string;

  beforeAll(() => {
    const signer = world.mintKeyless({ subject: identity, issuer: 'https://issuer.example' });
    issuer = 'https://issuer.example';
    const bundle = world.signImageBundle({ digest: digestOf(artifact), identity: signer, manifest: artifact });
    args = [
      ...['--trusted-root', join(dir.path, 'root.json')],
      ...['--bundle', write('signed.json', bundle), write('artifact', artifact)],
    ];
  });

  it('is compared exactly: that identity, by that issuer', async () => {
    expect((await verify(...by(identity, issuer), ...args)).code).toBe(0);
  });

  it.each([
    ['a prefix', identity.slice(0, -3)],
    ['a pattern', `${identity.slice(0, -4)}.*`],
    ['a longer ref', `${identity}-evil`],
    ['other letters', identity.toUpperCase()],
  ])('%s is somebody else: exit 1', async (_, other) => {
    const { code, out } = await verify(...by(other, issuer), ...args);
    expect(code).toBe(1);
    expect(out).toContain('SIGNER_NOT_ALLOWED');
    expect(out).toContain(identity);
  });

  it('another issuer is somebody else: exit 1', async () => {
    expect((await verify(...by(identity, `${issuer}.evil.example`), ...args)).code).toBe(1);
  });

  it.each([
    [[], '--certificate-identity: is missing'],
    [['--certificate-identity', 'x'], '--certificate-oidc-issuer: is missing'],
    [['--certificate-identity', '', '--certificate-oidc-issuer', 'x'], '--certificate-identity: is missing'],
    [['--key', 'k', '--certificate-identity', 'x'], '--key: does not go with an identity'],
  ])('without a whole signer (%j) it is a wrong call: exit 2', async (signer, message) => {
    const { code, err } = await verify(...signer, ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('lazaret verify-bundle, with a key', () => {
  const artifact = Buffer.from('keyed artifact');
  const key = createKeyPair();
  const pem = (pair: typeof key): string => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it('verifies what that key signed and a log recorded, and nothing of another key', async () => {
    const bundle = world.signImageBundle({
      digest: digestOf(artifact),
      identity: { kind: 'key', key },
      manifest: artifact,
      log: 'rekor1',
    });
    const args = [
      ...['--trusted-root', join(dir.path, 'root.json')],
      ...['--bundle', write('keyed.json', bundle), write('keyed', artifact)],
    ];
    expect((await verify('--key', write('key.pub', pem(key)), ...args)).code).toBe(0);
    expect((await verify('--key', write('other.pub', pem(createKeyPair())), ...args)).code).toBe(1);
    // W9: a key proves no identity, and an identity no key.
    expect((await verify(...by('me', 'https://issuer.example'), ...args)).code).toBe(1);
  });

  it('asks for a log entry where the trust root names a log, and only there', async () => {
    const bundle = world.signImageBundle({
      digest: digestOf(artifact),
      identity: { kind: 'key', key },
      manifest: artifact,
    });
    const signed = ['--key', write('key.pub', pem(key)), '--bundle', write('unlogged.json', bundle)];
    const withLog = await verify(...signed, '--trusted-root', join(dir.path, 'root.json'), write('keyed', artifact));
    expect(withLog.code).toBe(1);
    const empty = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
    const root = write('empty-root.json', JSON.stringify(empty));
    expect((await verify(...signed, '--trusted-root', root, write('keyed', artifact))).code).toBe(0);
  });

  it.each([
    ['intoto-canonical-log-entry', 0],
    ['dsse-statement-missing-type', 1],
  ])('judges the case %s of the conformance suite as it must: exit %i', async (name, expected) => {
    const conformance = (kind: string): string =>
      join(import.meta.dirname, `../../fixtures/conformance/${name}.${kind}`);
    const digest = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf';
    const args = ['--bundle', conformance('sigstore.json'), '--key', conformance('pub')];
    const { code, out } = await verify(...args, '--trusted-root', conformance('trusted_root.json'), digest);
    expect(code, out).toBe(expected);
  });

  it.each([
    ['of 2023, whose proof no checkpoint signs, with the packaged trust root', 'proof-without-checkpoint', []],
    ['of Rekor v2, of the staging instance', 'rekor2-dsse-happy-path', ['--staging']],
  ])('verifies a bundle %s', async (_, name, instance) => {
    const bundle = join(import.meta.dirname, `../../fixtures/conformance/${name}.sigstore.json`);
    const beacon = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon';
    const signer = by(
      `${beacon}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main`,
      'https://token.actions.githubusercontent.com',
    );
    const digest = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf';
    const asked = [...instance, '--bundle', bundle, ...signer];
    const { code, out } = await verify(...asked, digest);
    expect(code, out).toBe(0);
    expect((await verify(...asked, digestOf(Buffer.from('another file')))).code).toBe(1);
  });

  it('refuses a file that is no public key: exit 2', async () => {
    const { code, err } = await verify(
      '--key',
      write('no.pub', 'hello'),
      '--bundle',
      fixture('message-rekor1-staging.json'),
      write('f', ''),
    );
    expect(code).toBe(2);
    expect(err).toContain('--key: it holds no public keys in PEM');
  });
});

describe('lazaret verify-bundle, with bad input', () => {
  it.each([
    ['--bundle', ['--bundle', '/does/not/exist', ...WILLIAM, fixture('message-rekor1-staging.artifact')]],
    ['FILE_OR_DIGEST', ['--bundle', fixture('message-rekor1-staging.json'), ...WILLIAM, '/does/not/exist']],
    ['FILE_OR_DIGEST', ['--bundle', fixture('message-rekor1-staging.json'), ...WILLIAM, 'sha256:abc']],
    [
      '--trusted-root',
      [
        ...['--bundle', fixture('message-rekor1-staging.json'), '--trusted-root', '/does/not/exist'],
        ...[...WILLIAM, fixture('message-rekor1-staging.artifact')],
      ],
    ],
  ])('names what cannot be read (%s): exit 2', async (where, args) => {
    const { code, err } = await verify(...args);
    expect(code).toBe(2);
    expect(err).toContain(`${where}: `);
  });

  it.each([
    ['not JSON', 'hello'],
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['nothing', ''],
  ])('does not verify a bundle that is %s: exit 1', async (_, text) => {
    const artifact = fixture('message-rekor1-staging.artifact');
    const { code, out } = await verify('--staging', '--bundle', write('bad.json', text), ...WILLIAM, artifact);
    expect(code).toBe(1);
    expect(out).toContain('not verified (EVIDENCE_');
  });

  it('says it as JSON for programs', async () => {
    const args = ['--staging', '--bundle', write('bad.json', '{}'), ...WILLIAM, '-o', 'json', write('any', '')];
    expect(JSON.parse((await verify(...args)).out)).toMatchObject({ verified: false, code: expect.any(String) });
  });
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { run } from '../../support/cli/run.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const MANIFEST = Buffer.from('{"schemaVersion":2}');
const DIGEST = digestOf(MANIFEST);
const IMAGE = `registry.example.com/acme/app@${DIGEST}`;
const world = createSigstoreWorld({ now: () => NOW });
const key = createKeyPair();
const GITHUB_BUNDLE = '../../fixtures/bundles/github-private-slsa1-tsa.json';

let dir: TempDir;
beforeAll(async () => {
  dir = await makeTempDir('policy-test');
  mkdirSync(join(dir.path, 'evidence'));
  const identity = world.mintGithub();
  write('evidence/release.json', world.signImageBundle({ digest: DIGEST, identity }));
  write(
    'evidence/stranger.json',
    world.signImageBundle({ digest: DIGEST, identity: world.mintGithub({ repository: 'evil/app' }) }),
  );
  write('evidence/manifest-signed.json', world.signImageBundle({ digest: DIGEST, identity, manifest: MANIFEST }));
  write('evidence/by-key.json', world.signImageBundle({ digest: DIGEST, identity: { kind: 'key', key } }));
  write('manifest.json', MANIFEST);
  write('root.json', world.trustedRoot);
  write('alice.pub', key.pem);
});
afterAll(() => dir.remove());

function write(name: string, content: string | Uint8Array): string {
  const path = join(dir.path, name);
  writeFileSync(path, content);
  return path;
}

const SIGNER = `issuer: https://token.actions.githubusercontent.com, subject: { pattern: "https://github.com/acme/app/.*" }`;

function policy(examples: string, signer = SIGNER): string {
  return `apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme-apps }
spec:
  images: ["registry.example.com/acme/**"]
  require: [{ name: signed, signature: { signer: { ${signer} } } }]
examples:
${examples}
`;
}

function example(name: string, more: string): string {
  return `  - { name: ${name}, image: "${IMAGE}", at: 2026-11-24T12:00:00Z, trust: { sigstore: root.json }, ${more} }`;
}

const GOOD = [
  example('release', 'evidence: [evidence/release.json], expect: pass'),
  example('unsigned', 'evidence: [], expect: fail-missing, code: SIGNATURE_MISSING'),
  example('stranger', 'evidence: [evidence/stranger.json], expect: fail-evidence, code: SIGNER_NOT_ALLOWED'),
  example('manifest', 'evidence: [evidence/manifest-signed.json], manifest: manifest.json, expect: pass'),
].join('\n');

describe('lazaret policy test', () => {
  it('runs the examples of a policy file without network', async () => {
    const { code, out, err } = await run(['policy', 'test', write('good.yaml', policy(GOOD))]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      '✓ acme-apps: release',
      '✓ acme-apps: unsigned',
      '✓ acme-apps: stranger',
      '✓ acme-apps: manifest',
      '4 examples: all as expected.',
    ]);
  });

  it("judges by GitHub's own instance, which is at hand, what a private repository attested", async () => {
    const digest = 'sha256:ae57936def59bc4c75edd3a837d89bcefc6d3a5e31d55a6fa7a71624f92c3c3b';
    write('evidence/github.json', readFileSync(new URL(GITHUB_BUNDLE, import.meta.url)));
    const by = (workflow: string, trust: string): string => `apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: private }
spec:
  images: ["registry.example.com/acme/**"]
  require:
    - name: built in private
      provenance:
        signer:
          trust: ${trust}
          issuer: https://token.actions.githubusercontent.com
          subject: https://github.com/actions/attest-demo/.github/workflows/${workflow}@refs/heads/main
          claims: { sourceRepositoryVisibility: private }
        source: { repository: https://github.com/actions/attest-demo, branch: main }
        trigger: workflow_dispatch
examples:
  - { name: one, image: "registry.example.com/acme/app@${digest}", evidence: [evidence/github.json], expect: pass }
`;
    const outcomeOf = async (text: string): Promise<string> => {
      const { out } = await run(['policy', 'test', write('private.yaml', text), '-o', 'json']);
      const [example] = JSON.parse(out).examples;
      return `${example.outcome} ${example.code}`;
    };
    expect(await outcomeOf(by('build-python.yml', 'github'))).toBe('pass SATISFIED');
    expect(await outcomeOf(by('other.yml', 'github'))).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(await outcomeOf(by('build-python.yml', 'sigstore'))).toMatch(/^fail-evidence /);
  });

  it('needs no trust root for a key', async () => {
    const one = `  - { name: keyed, image: "${IMAGE}", evidence: [evidence/by-key.json], expect: pass }`;
    expect(await run(['policy', 'test', write('key.yaml', policy(one, 'key: alice.pub'))])).toMatchObject({ code: 0 });
  });

  it('reads policies beside the examples with what a named configuration defines', async () => {
    const config = JSON.stringify({
      registries: [{ id: 'prod', url: 'https://registry.example.com' }],
      policies: ['good.yaml'],
      kmsKeys: [{ reference: 'gcpkms://release', publicKeyFile: 'alice.pub' }],
    });
    const cluster = {
      apiVersion: 'policy.sigstore.dev/v1beta1',
      kind: 'ClusterImagePolicy',
      metadata: { name: 'kms' },
    };
    const spec = { images: [{ glob: '**' }], authorities: [{ key: { kms: 'gcpkms://release' } }] };
    const both = write('both.yaml', `${policy(GOOD)}---\n${JSON.stringify({ ...cluster, spec })}\n`);
    write('good.yaml', policy(GOOD));
    expect(await run(['policy', 'test', both])).toMatchObject({ code: 2 });
    expect(await run(['policy', 'test', both, '--config', write('lazaret.yaml', config)])).toMatchObject({ code: 0 });
  });

  it('says which example ended otherwise, where it stands and why', async () => {
    const bad = example('release', 'evidence: [evidence/stranger.json], expect: pass');
    const { code, out } = await run(['policy', 'test', write('bad.yaml', policy(bad))], { width: 400 });
    expect(code).toBe(1);
    expect(out).toMatch(/bad.yaml:8:\d+: expected pass, got fail-evidence \(SIGNER_NOT_ALLOWED\)/);
    expect(out).toContain('signed by https://github.com/evil/app/');
  });

  it('fails on the right outcome with another code', async () => {
    const bad = example('unsigned', 'evidence: [], expect: fail-missing, code: PROVENANCE_MISSING');
    expect(await run(['policy', 'test', write('code.yaml', policy(bad))])).toMatchObject({ code: 1 });
  });

  it('judges recorded findings too', async () => {
    const json = JSON.stringify({
      findings: [
        {
          evidence: { digest: DIGEST, place: 'referrer' },
          claim: { kind: 'signature' },
          material: 'trust:sigstore',
          code: 'SIGNATURE_INVALID',
          message: 'The signature does not fit.',
        },
      ],
    });
    write('findings.json', json);
    const one = example('recorded', 'findings: findings.json, expect: fail-evidence, code: SIGNATURE_INVALID');
    expect(await run(['policy', 'test', write('recorded.yaml', policy(one))])).toMatchObject({ code: 0 });
  });

  it('prints one JSON object for programs', async () => {
    const { out } = await run(['policy', 'test', write('good.yaml', policy(GOOD)), '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      examples: [{ name: 'release', ok: true, outcome: 'pass' }, {}, {}, {}],
    });
  });

  it('does not change the revision of policies', async () => {
    const revision = async (text: string): Promise<unknown> => {
      const { out } = await run(['policy', 'check', write('revision.yaml', text), '-o', 'json']);
      return Reflect.get(JSON.parse(out), 'revision');
    };
    const plain = policy('').replace(/examples:\s*$/, '');
    expect(await revision(policy(GOOD))).toBe(await revision(plain));
  });

  it.each([
    ['no example at all', policy('').replace(/examples:\s*$/, ''), /there is nothing to test/],
    [
      'an image without a digest',
      policy(GOOD.replaceAll(IMAGE, 'registry.example.com/acme/app:v1')),
      /an image with its digest/,
    ],
    [
      'an image it does not cover',
      policy(GOOD.replaceAll('/acme/app@', '/other/app@')),
      /does not cover registry.example.com\/other\/app/,
    ],
    [
      'evidence that is not there',
      policy(GOOD.replace('release.json', 'nothing.json')),
      /there is no file evidence\/nothing.json/,
    ],
    [
      'another manifest',
      policy(GOOD.replace('manifest: manifest.json', 'manifest: root.json')),
      /root.json is not the manifest of sha256/,
    ],
    ['an unknown outcome', policy(GOOD.replace('expect: pass', 'expect: passes')), /Did you mean "pass"/],
    ['an unknown key', policy(GOOD.replace('evidence:', 'evidense:')), /unknown key "evidense".*/],
    [
      'findings that are none',
      policy(GOOD.replace('evidence: [evidence/release.json]', 'findings: root.json')),
      /holds no findings/,
    ],
  ])('refuses %s', async (_, text, expected) => {
    const { code, err } = await run(['policy', 'test', write('fault.yaml', text)], { width: 400 });
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});

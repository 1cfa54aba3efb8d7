import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../support/cli/run.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const GOOD = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme-apps }
spec:
  images: ["registry.example.com/acme/**"]
  grace: 10m
  require:
    - name: built by our release workflow
      provenance:
        signer: { issuer: https://token.actions.githubusercontent.com, subject: https://github.com/acme/app/w.yml@refs/heads/main }
    - name: approved by Alice
      signature: { signer: { key: alice.pub } }
`;

let dir: TempDir;
const path = (name: string): string => join(dir.path, name);

function write(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

beforeAll(async () => {
  dir = await makeTempDir('policy');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('alice.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString());
});
afterAll(() => dir.remove());

describe('lazaret policy check', () => {
  it('says what a policy covers and asks for', async () => {
    const { code, out, err } = await run(['policy', 'check', write('good.yaml', GOOD)]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.replaceAll(dir.path, '').split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'acme-apps (/good.yaml)',
      '  covers registry.example.com/acme/**',
      '  waits 10 minutes after a push; what fails then is quarantined',
    ]);
    expect(lines[3]).toMatch(/^ {2}built by our release workflow: asks for provenance /);
    expect(lines[4]).toMatch(/^ {2}approved by Alice: asks for a signature .*alice\.pub/);
    expect(lines.at(-1)).toBe('The policy is in order.');
  });

  it('prints the same as one JSON object', async () => {
    const { out } = await run(['policy', 'check', write('good.yaml', GOOD), '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      policies: [{ name: 'acme-apps', images: ['registry.example.com/acme/**'], graceSeconds: 600 }],
      issues: [],
    });
  });

  it('tells every fault of every file at once, with file, line and the nearest right key: exit 2', async () => {
    const files = [
      write('typo.yaml', GOOD.replace('  grace:', '  grase:')),
      write('nokey.yaml', GOOD.replace('alice.pub', 'bob.pub').replace('acme-apps', 'second')),
      write('broken.yaml', 'spec: [unclosed'),
      path('missing.yaml'),
    ];
    const { code, out, err } = await run(['policy', 'check', ...files]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`${path('typo.yaml')}:7:3: unknown key "grase" in spec`);
    expect(err).toContain('Did you mean "grace"?');
    expect(err).toContain(`${path('nokey.yaml')}:13:35: cannot use the key bob.pub: there is no such file`);
    expect(err).toMatch(/broken\.yaml:1:\d+: expected well-formed YAML/);
    expect(err).toContain(`${path('missing.yaml')}: there is no such file`);
  });

  it('prints the faults as JSON on stdout for programs', async () => {
    const { code, out, err } = await run(['policy', 'check', write('empty.yaml', ''), '-o', 'json']);
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      code: 'POLICY_INVALID',
      issues: [{ where: path('empty.yaml'), message: 'expected a policy, got an empty file' }],
    });
  });

  it('warns of wildcards in plain text, which stand for themselves, and shows the pattern', async () => {
    const policy = GOOD.replace('w.yml@refs/heads/main', 'w.yml@refs/heads/*');
    const { code, out, err } = await run(['policy', 'check', write('wild.yaml', policy)]);
    expect({ code, last: out.split('\n').at(-1) }).toEqual({ code: 0, last: 'The policy is in order.' });
    expect(err).toContain(
      'wild.yaml: built by our release workflow: `subject: https://github.com/acme/app/w.yml@refs/heads/*`',
    );
    expect(err).toContain("taken literally. If it was meant otherwise, write subject: { pattern: 'https://github");
    const json = await run(['policy', 'check', path('wild.yaml'), '-o', 'json']);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: true,
      warnings: [{ where: expect.stringContaining('wild.yaml') }],
    });
  });

  it('says between what a policy leaves a choice', async () => {
    const policy = GOOD.replace(
      '      signature: { signer: { key: alice.pub } }',
      '      anyOf: [{ signature: { signer: { key: alice.pub } } }, { name: bill, attestation: { type: [https://cyclonedx.org/bom, https://spdx.dev/Document], signer: { key: alice.pub } } }]',
    );
    const { code, out } = await run(['policy', 'check', write('any.yaml', policy)]);
    expect(code).toBe(0);
    expect(out).toMatch(
      / {2}approved by Alice \(1 of 2\): asks for a signature .*\n {2}or approved by Alice: bill: asks for an attestation of type https:\/\/cyclonedx.org\/bom or https:\/\/spdx.dev\/Document/,
    );
  });

  it('accepts trust roots a configuration must define, and says which', async () => {
    const policy = GOOD.replace('signer: { issuer', 'signer: { trust: acme, issuer');
    const { code, err } = await run(['policy', 'check', write('trust.yaml', policy)]);
    expect(code).toBe(0);
    expect(err).toContain('the trust root "acme" must be in the configuration');
  });

  it('knows the built-in trust roots, and asks whether one was meant', async () => {
    const policy = (name: string) =>
      write(`${name}.yaml`, GOOD.replace('signer: { issuer', `signer: { trust: ${name}, issuer`));
    const known = await run(['policy', 'check', policy('github')]);
    expect({ code: known.code, err: known.err }).toEqual({ code: 0, err: '' });
    expect(known.out).toContain('trust root github');
    const near = await run(['policy', 'check', policy('githb')]);
    expect(near).toMatchObject({ code: 0, err: expect.stringContaining('Or was "github" meant?') });
  });

  it('takes a near miss of the default trust root for a slip', async () => {
    const policy = GOOD.replace('signer: { issuer', 'signer: { trust: sigstor, issuer');
    const { code, err } = await run(['policy', 'check', write('slip.yaml', policy)]);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "sigstore"?');
  });

  it('knows the trust roots, KMS keys and registries of a configuration that is named', async () => {
    const config = write(
      'lazaret.yaml',
      JSON.stringify({
        registries: [{ id: 'prod', url: 'https://registry.example.com' }],
        policies: ['good.yaml'],
        kmsKeys: [{ reference: 'gcpkms://release', publicKeyFile: 'alice.pub' }],
      }),
    );
    write('good.yaml', GOOD);
    const cluster = {
      apiVersion: 'policy.sigstore.dev/v1beta1',
      kind: 'ClusterImagePolicy',
      metadata: { name: 'kms' },
    };
    const spec = { images: [{ glob: '**' }], authorities: [{ key: { kms: 'gcpkms://release' } }] };
    const byKms = write('kms.yaml', JSON.stringify({ ...cluster, spec }));
    expect(await run(['policy', 'check', byKms])).toMatchObject({ code: 2, err: expect.stringContaining('`kmsKeys`') });
    const { code, out, err } = await run(['policy', 'check', byKms, '--config', config]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('a signature by the key gcpkms://release');

    const trust = write('acme.yaml', GOOD.replace('signer: { issuer', 'signer: { trust: acme, issuer'));
    const refused = await run(['policy', 'check', trust, '--config', config]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('unknown trust root "acme"') });

    const elsewhere = write(
      'elsewhere.yaml',
      GOOD.replace('  grace:', '  evidence: { repositories: [other.example/sigs] }\n  grace:'),
    );
    expect(await run(['policy', 'check', elsewhere])).toMatchObject({ code: 0 });
    expect(await run(['policy', 'check', elsewhere, '--config', config])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no configured registry has the host "other.example"'),
    });
  });

  it('tells what is wrong with the configuration that is named', async () => {
    const broken = write('broken-config.yaml', 'registries: []');
    const { code, err } = await run(['policy', 'check', write('good.yaml', GOOD), '--config', broken]);
    expect(code).toBe(2);
    expect(err).toContain(`${broken}:1:`);
  });

  it('asks for a file', async () => {
    const { code, err } = await run(['policy', 'check']);
    expect(code).toBe(2);
    expect(err).toContain("missing required argument 'file'");
    expect(err).toContain('(see `lazaret policy check --help`)');
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyOptions } from '../../../src/config/policy-options.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';
import { createKeyPair } from '../../support/sigstore-world.ts';

const REFERENCE = 'gcpkms://projects/acme/locations/eu/keyRings/r/cryptoKeys/release';
const KEY = createKeyPair();
const POLICY = {
  apiVersion: 'policy.sigstore.dev/v1beta1',
  kind: 'ClusterImagePolicy',
  metadata: { name: 'by-kms' },
  spec: {
    images: [{ glob: 'registry.example.com/**' }],
    authorities: [{ key: { kms: REFERENCE } }],
  },
};

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
  await folder.write('keys/release.pub', KEY.pem);
  await folder.write('keys/none.pub', 'x');
  await folder.write('kms/policy.yaml', POLICY);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await folder.write('keys/private.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
});
afterAll(() => folder.remove());

const RELEASE = { reference: REFERENCE, publicKeyFile: 'keys/release.pub' };
const load = (...kmsKeys: readonly object[]): ReturnType<ConfigFolder['load']> =>
  folder.load({ ...MINIMAL, policies: ['kms/*.yaml'], kmsKeys });

describe('`kmsKeys`', () => {
  it('give the public key of a reference that a policy names, by a path beside the configuration', async () => {
    const { config, faults } = await load(RELEASE);
    expect(faults).toEqual([]);
    expect(config?.policies.policies[0]?.require[0]?.of).toMatchObject([{ kind: 'key', key: { keyId: KEY.keyId } }]);
  });

  it('change the revision of the policies with the key', async () => {
    const before = await load(RELEASE);
    await folder.write('keys/next.pub', createKeyPair().pem);
    const after = await load({ ...RELEASE, publicKeyFile: 'keys/next.pub' });
    expect(after.config?.policies.revision).not.toBe(before.config?.policies.revision);
  });

  it('are there for other policies that are read with the configuration', async () => {
    const { config } = await load(RELEASE);
    expect(policyOptions(config!)).toEqual({
      trustNames: ['sigstore', 'github'],
      withoutIssuer: ['github'],
      noMatch: 'alert',
      kmsKeys: new Map([[REFERENCE, KEY.pem]]),
      registryHosts: ['registry.example.com'],
    });
  });

  it('are needed: without one, the reference is a fault of the policy, which tells the way out', async () => {
    const { faults } = await load();
    expect(faults).toEqual([
      expect.stringMatching(/^kms\/policy\.yaml:\d+:\d+: no public key .* KMS reference gcpkms:.*under `kmsKeys`/),
    ]);
  });

  it.each([
    ['a file that is not there', { ...RELEASE, publicKeyFile: 'keys/gone.pub' }, /there is no file .*keys\/gone\.pub/],
    [
      'a file without a key',
      { ...RELEASE, publicKeyFile: 'keys/none.pub' },
      /keys\/none\.pub: it holds no public keys/,
    ],
    ['a private key', { ...RELEASE, publicKeyFile: 'keys/private.pem' }, /private\.pem: it holds a private key/],
    ['no file', { reference: REFERENCE }, /missing key "publicKeyFile" in kmsKeys\[0\].*cosign public-key/],
  ])('tell what is wrong once, at its own place and not at every policy: %s', async (_, entry, words) => {
    const { faults } = await load(entry);
    expect(faults).toEqual([expect.stringMatching(words)]);
    expect(faults[0]).toMatch(/^lazaret\.yaml:\d+:\d+: /);
  });

  it.each([
    ['a reference of no KMS', [RELEASE, { ...RELEASE, reference: 'release' }], /begins with awskms:\/\/, azurekms:/],
    ['a reference given twice', [RELEASE, { ...RELEASE }], /is the reference of kmsKeys\[0\] too/],
    ['an unknown key', [{ ...RELEASE, publicKey: 'x' }], /unknown key "publicKey".*"publicKeyFile"/],
  ])('are read strictly: %s', async (_, entries, words) => {
    const { faults } = await load(...entries);
    expect(faults).toEqual([expect.stringMatching(words)]);
  });
});

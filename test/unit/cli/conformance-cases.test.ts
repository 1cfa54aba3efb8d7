import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { run } from '../../support/cli/run.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import { createCertificateAuthority } from '../../support/sigstore/certificate-authority.ts';
import { alterCheckpoint, type Checkpoint, signCheckpoint } from '../../support/sigstore/checkpoint.ts';
import type { LogEntryJson } from '../../support/sigstore/logs.ts';
import { authorityJson, type TrustedRootJson, trustedRootJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld, type TestSigner } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

/**
 * The cases of Sigstore's conformance suite (`test/assets/bundle-verify` of sigstore/sigstore-conformance) under their
 * names there, made here in the same shape: the suite's own bundles are signed by instances whose keys nobody here has.
 * As there, a name that ends in `_fail` must not verify, and each case is asked over the file and over its digest.
 */
interface Case extends BundleForm {
  readonly envelope?: true;
  readonly root?: (root: TrustedRootJson) => void;
  readonly signer?: TestSigner;
  /** Whose key is passed in place of an identity. */
  readonly key?: string;
  /** What is asked about in place of what was signed. */
  readonly artifact?: Buffer;
}

const DAY_MS = 86_400_000;
const ISSUER = 'https://token.actions.githubusercontent.com';
const ARTIFACT = Buffer.from('a.txt\n');
const at = new Date(Math.floor(Date.now() / 1000) * 1000);
const world = createSigstoreWorld({ now: () => at });
const stranger = createSigstoreWorld({ now: () => at });
const { rekor, rekor2, authority, since } = world.parts;
const identity = world.mintGithub();
const key = createKeyPair();
const keyed: TestSigner = { kind: 'key', key };
const until = new Date(since.getTime() + 3650 * DAY_MS);

const first = <T>(list: readonly T[] | undefined): T => {
  const [item] = list ?? [];
  if (item === undefined) throw new Error('expected an item');
  return item;
};
const entry =
  (change: (entry: LogEntryJson) => void) =>
  (bundle: BundleJson): void =>
    change(first(bundle.verificationMaterial.tlogEntries));
const checkpoint = (change: (checkpoint: Checkpoint) => void) => entry((one) => alterCheckpoint(one, change));
/** The log signs what is left of the checkpoint, so that only what is missing is wrong. */
const without = (line: number) =>
  checkpoint((note) => {
    note.text.splice(line, 1);
    note.lines = [signCheckpoint(rekor2, note, 'log2026.rekor.world.test')];
  });
const witness = (name = 'witness.example/w1') => ({ name, signature: randomBytes(76) });
const token = (stamped: Buffer) => ({ rfc3161Timestamps: [{ signedTimestamp: stamped.toString('base64') }] });
const signatureOf = ({ messageSignature, dsseEnvelope }: BundleJson): Buffer => {
  const { signatures } = (dsseEnvelope ?? { signatures: [] }) as { signatures: { sig: string }[] };
  return Buffer.from(messageSignature?.signature ?? first(signatures).sig, 'base64');
};
/** A bundle of something else by the same signer: where borrowed parts come from. */
const other = (form: BundleForm = {}): BundleJson => {
  const manifest = Buffer.from('b.txt\n');
  const bytes = world.signImageBundle({ digest: digestOf(manifest), identity, manifest, ...form });
  return JSON.parse(Buffer.from(bytes).toString()) as BundleJson;
};
const stampedBy =
  (by: typeof world, when = at) =>
  (bundle: BundleJson): void => {
    bundle.verificationMaterial.timestampVerificationData = token(
      by.parts.tsa.stamp(signatureOf(bundle), { at: when, certificates: by.parts.tsa.chain }),
    );
  };
const endOf = (list: 'tlogs' | 'timestampAuthorities', end: Date) => (root: TrustedRootJson) => {
  const item = first<{ validFor?: object; publicKey?: { validFor?: object } }>(root[list]);
  Object.assign(item.publicKey?.validFor ?? item.validFor ?? {}, { end: end.toISOString() });
};

const CASES: Readonly<Record<string, Case>> = {
  'happy-path-v0.1': { version: '0.1', proof: false },
  'happy-path-v0.2': { version: '0.2' },
  'happy-path-v0.3': { alter: (bundle) => (bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.3') },
  'happy-path-v0.3-new-mediaType': {},
  'happy-path-intoto-in-dsse-v3': { envelope: true },
  'intoto-with-custom-trust-root': { envelope: true, entryKind: 'intoto-0.0.2' },
  'dsse-with-hashedrekord-happy-path': { envelope: true, entryKind: 'hashedrekord' },
  'dsse-with-hashedrekord-mismatch-sig_fail': {
    envelope: true,
    entryKind: 'hashedrekord',
    alter: entry((one) => Object.assign(one, first(other().verificationMaterial.tlogEntries))),
  },
  'dsse-invalid-sig_fail': {
    envelope: true,
    alter: ({ dsseEnvelope }) => Object.assign(dsseEnvelope ?? {}, { signatures: [{ sig: 'AAAA' }] }),
  },
  'signature-mismatch_fail': {
    alter: ({ messageSignature }) =>
      Object.assign(messageSignature ?? {}, { signature: signatureOf(other()).toString('base64') }),
  },
  'message-digest-mismatch_fail': {
    alter: ({ messageSignature }) =>
      Object.assign(messageSignature ?? {}, { messageDigest: other().messageSignature?.messageDigest }),
  },
  'wrong-material_fail': { artifact: Buffer.from('c.txt\n') },
  'wrong-hashedrekord-entry_fail': {
    alter: (bundle) => (bundle.verificationMaterial.tlogEntries = other().verificationMaterial.tlogEntries),
  },
  'bundle-malformed-json_fail': {},
  'bundle-unknown-version_fail': {
    alter: (bundle) => (bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=99.9'),
  },
  'bundle-negative-log-index_fail': { alter: entry((one) => (one.logIndex = '-1')) },
  'bundle-empty-certificate-chain_fail': {
    version: '0.2',
    alter: ({ verificationMaterial }) => (verificationMaterial.x509CertificateChain = { certificates: [] }),
  },
  'bundle-with-root-cert_fail': { version: '0.2', chain: authority.chain },
  'bundle-from-wrong-instance_fail': { root: (root) => Object.assign(root, trustedRootJson(stranger.parts)) },
  'bundle-with-sct-with-extensions': {
    signer: world.mintGithub({}, { sctExtensions: Buffer.from('0000050000001234', 'hex') }),
  },
  'invalid-ct-key_fail': {
    root: ({ ctlogs }) => (first(ctlogs).publicKey.rawBytes = createKeyPair().spki.toString('base64')),
  },
  'sct-duplicate-intermediate-name': {
    root: ({ certificateAuthorities }) => {
      const { chain } = createCertificateAuthority(since, until);
      certificateAuthorities.unshift(authorityJson('decoy', chain, { start: since.toISOString() }));
    },
  },
  'checkpoint-bad-keyhint_fail': { alter: checkpoint(({ lines }) => first(lines).signature.fill(0, 0, 4)) },
  'checkpoint-wrong-roothash_fail': {
    alter: checkpoint((note) => {
      note.text[2] = randomBytes(32).toString('base64');
      note.lines = [signCheckpoint(rekor, note, 'rekor.world.test')];
    }),
  },
  'invalid-checkpoint-signature_fail': { alter: checkpoint(({ lines }) => first(lines).signature.fill(0, 10, 40)) },
  'inclusion-proof-corrupted-hash_fail': {
    alter: entry(({ inclusionProof }) => inclusionProof?.hashes.splice(0, 1, randomBytes(32).toString('base64'))),
  },
  'integrated-time-in-future_fail': { at: new Date(at.getTime() + DAY_MS) },
  'set-invalid-signature_fail': {
    alter: entry((one) => (one.inclusionPromise = { signedEntryTimestamp: randomBytes(70).toString('base64') })),
  },
  'intoto-missing-inclusion-proof_fail': { envelope: true, entryKind: 'intoto-0.0.2', proof: false },
  'managed-key-happy-path': { signer: keyed, log: 'rekor1', key: key.pem },
  'managed-key-and-trusted-root': {
    signer: keyed,
    key: key.pem,
    root: (root) =>
      Object.assign(root, { tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] }),
  },
  'managed-key-wrong-key_fail': { signer: keyed, log: 'rekor1', key: createKeyPair().pem },
  'managed-key-no-key_fail': { signer: keyed, log: 'rekor1' },
  'rekor2-happy-path': { log: 'rekor2' },
  'rekor2-dsse-happy-path': { envelope: true, log: 'rekor2', entryKind: 'hashedrekord' },
  'rekor2-dsse-mismatch-sig_fail': {
    envelope: true,
    log: 'rekor2',
    entryKind: 'hashedrekord',
    alter: entry((one) => Object.assign(one, first(other({ log: 'rekor2' }).verificationMaterial.tlogEntries))),
  },
  'rekor2-no-inclusion-proof_fail': { log: 'rekor2', proof: false },
  'rekor2-no-timestamp_fail': { log: 'rekor2', timestamp: false },
  'rekor2-checkpoint-cosigned': { log: 'rekor2', alter: checkpoint(({ lines }) => lines.push(witness())) },
  'rekor2-checkpoint-multiple-cosigs': {
    log: 'rekor2',
    alter: checkpoint(({ lines }) => lines.push(witness(), witness('b.example/w2'))),
  },
  'rekor2-checkpoint-origin-not-first': { log: 'rekor2', alter: checkpoint(({ lines }) => lines.unshift(witness())) },
  'rekor2-checkpoint-two-sigs-from-origin': {
    log: 'rekor2',
    alter: checkpoint(({ lines }) => lines.unshift(witness('log2026.rekor.world.test'))),
  },
  'rekor2-checkpoint-missing-log-signature_fail': {
    log: 'rekor2',
    alter: checkpoint((note) => (note.lines = [witness()])),
  },
  'rekor2-checkpoint-missing-origin_fail': { log: 'rekor2', alter: without(0) },
  'rekor2-checkpoint-missing-size_fail': { log: 'rekor2', alter: without(1) },
  'rekor2-checkpoint-missing-root-hash_fail': { log: 'rekor2', alter: without(2) },
  'rekor2-checkpoint-no-matching-signature_fail': {
    log: 'rekor2',
    alter: checkpoint(({ lines }) => (first(lines).name = 'log2026.evil.test')),
  },
  'rekor2-timestamp-with-embedded-cert': { log: 'rekor2', alter: stampedBy(world) },
  'rekor2-timestamp-without-embedded-cert': { log: 'rekor2' },
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail': { log: 'rekor2', alter: stampedBy(stranger) },
  'rekor2-timestamp-payload-mismatch_fail': {
    log: 'rekor2',
    alter: (bundle) => {
      bundle.verificationMaterial.timestampVerificationData = token(world.parts.tsa.stamp(randomBytes(70), { at }));
    },
  },
  'rekor2-timestamp-with-incorrect-time_fail': { log: 'rekor2', timestampAt: new Date(at.getTime() + 3_600_000) },
  'rekor2-timestamp-outside-tsa-cert-validity_fail': { log: 'rekor2', timestampAt: new Date(until.getTime() + DAY_MS) },
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': {
    log: 'rekor2',
    root: endOf('timestampAuthorities', new Date(at.getTime() - 1000)),
  },
  'rekor2-timestamp-wrong-tsa-validity-borrow_fail': {
    log: 'rekor2',
    root: (root) => {
      endOf('timestampAuthorities', new Date(at.getTime() - 1000))(root);
      root.timestampAuthorities.push(authorityJson('other', stranger.parts.tsa.chain, { start: since.toISOString() }));
    },
  },
  'rekor2-multiple-timestamps-one-outside-cert-validity_fail': {
    log: 'rekor2',
    alter: (bundle) => {
      const late = world.parts.tsa.stamp(signatureOf(bundle), { at: new Date(at.getTime() + 3_600_000) });
      bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps.push(...token(late).rfc3161Timestamps);
    },
  },
  'trust-root-tlog-missing-validity-start_fail': {
    root: ({ tlogs }) => Reflect.deleteProperty(first(tlogs).publicKey.validFor ?? {}, 'start'),
  },
  'trust-root-tlog-validity-end-inclusive': { root: endOf('tlogs', at) },
  'trust-root-tsa-validity-end-inclusive': { log: 'rekor2', root: endOf('timestampAuthorities', at) },
};

describe('lazaret verify-bundle, on the cases of the conformance suite', () => {
  let dir: TempDir;
  beforeAll(async () => {
    dir = await makeTempDir('conformance');
  });
  afterAll(() => dir.remove());

  function write(name: string, content: string | Uint8Array): string {
    const path = join(dir.path, name);
    writeFileSync(path, content);
    return path;
  }

  /** The arguments in the order the suite gives them. */
  function argumentsFor(name: string, { envelope, root, signer = identity, key: pem, ...form }: Case): string[] {
    const digest = digestOf(ARTIFACT);
    const signed = world.signImageBundle({
      digest,
      identity: signer,
      ...(envelope === undefined && { manifest: ARTIFACT }),
      ...form,
    });
    const json = trustedRootJson(world.parts);
    root?.(json);
    return [
      'verify-bundle',
      ...[
        '--bundle',
        write('bundle.sigstore.json', name === 'bundle-malformed-json_fail' ? signed.subarray(1) : signed),
      ],
      ...(pem === undefined
        ? ['--certificate-identity', identity.subject, '--certificate-oidc-issuer', ISSUER]
        : ['--key', write('key.pub', pem)]),
      ...['--trusted-root', write('trusted_root.json', JSON.stringify(json))],
    ];
  }

  it.each(Object.entries(CASES))('%s', async (name, one) => {
    const { artifact = ARTIFACT } = one;
    const args = argumentsFor(name, one);
    for (const subject of [write('artifact', artifact), digestOf(artifact)]) {
      const { code, out, err } = await run([...args, subject]);
      if (name.endsWith('_fail')) expect(code, out).not.toBe(0);
      else expect({ code, out: out.slice(0, 9), err }).toEqual({ code: 0, out: 'verified:', err: '' });
      // Nothing but a defect of ours ends with 70.
      expect(code).not.toBe(70);
    }
  });
});

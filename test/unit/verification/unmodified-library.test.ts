import { bundleFromJSON } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { createTrustMaterial, verifyWithTrust } from '../../../src/verification/check/trust-material.ts';
import { parseEvidence } from '../../../src/verification/read/parse-evidence.ts';
import { ConstantCertificate } from '../../../src/verification/x509/constant-certificate.ts';
import type { BundleForm } from '../../support/sigstore/bundle-json.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, MANIFEST, NOW, OTHER_MANIFEST, rootOf } from './evidence.ts';
import { realBundles, realRoot } from './real-bundles.ts';

const world = createSigstoreWorld({ now: () => NOW });
const stranger = createSigstoreWorld({ now: () => NOW });

/** What the library as it is says: the name of the signer, or that it refuses. */
function askLibrary(bytes: Uint8Array, root: TrustRoot, artifact?: Buffer): string {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root.document)), {});
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(bytes).toString()));
    const { log, sct, time } = root.thresholds;
    const thresholds = { tlogThreshold: log, ctlogThreshold: sct, timestampThreshold: time };
    const { identity } = new Verifier(material, thresholds).verify(toSignedEntity(bundle, artifact));
    return identity?.subjectAlternativeName ?? 'no name';
  } catch {
    return 'refused';
  }
}

function askUs(bytes: Uint8Array, root: TrustRoot, subject = IMAGE): string {
  const { verified } = createTrustMaterial(root).verify(bundleEvidence(bytes), subject, NOW);
  return verified?.signer.kind === 'certificate' ? (verified.signer.identities[0]?.value ?? 'no name') : 'refused';
}

describe('the library as it is, beside ours', () => {
  it.each(realBundles())('says the same of $name', ({ bytes, root, artifact, subject }) => {
    const answer = askLibrary(bytes, realRoot(root), artifact);
    expect(answer).not.toBe('refused');
    expect(askUs(bytes, realRoot(root), subject)).toBe(answer);
  });

  const forms: readonly BundleForm[] = [
    { version: '0.1' },
    { version: '0.2' },
    {},
    { entryKind: 'hashedrekord' },
    { entryKind: 'intoto-0.0.2' },
    { log: 'rekor2' },
    { log: 'rekor2', entryKind: 'hashedrekord' },
    { timestamp: true },
    { version: '0.1', proof: false },
    { timestamp: true, promise: false },
  ];
  const identity = world.mintKeyless();
  const stray = stranger.mintKeyless();

  it.each(forms)('accepts and refuses the same bundles of the form %o', (form) => {
    const good = world.signImageBundle({ digest: IMAGE.digest, identity, ...form });
    expect(askLibrary(good, rootOf(world))).toBe(identity.subject);
    expect(askUs(good, rootOf(world))).toBe(identity.subject);
    const expired = { at: new Date(NOW.getTime() + 3_600_000) };
    const bad = [
      world.signImageBundle({ digest: IMAGE.digest, identity: stray, ...form }),
      stranger.signImageBundle({ digest: IMAGE.digest, identity, ...form }),
      world.signImageBundle({ digest: IMAGE.digest, identity, ...form, ...expired }),
      world.signImageBundle({ digest: IMAGE.digest, identity: { ...identity, key: stray.key }, ...form }),
    ];
    for (const bytes of bad) {
      expect(askLibrary(bytes, rootOf(world))).toBe('refused');
      expect(askUs(bytes, rootOf(world))).toBe('refused');
    }
  });

  it.each(forms)('accepts and refuses the same message signatures of the form %o', (form) => {
    if (form.entryKind === 'intoto-0.0.2') return;
    const bytes = world.signImageBundle({ digest: IMAGE.digest, identity, manifest: MANIFEST, ...form });
    expect(askLibrary(bytes, rootOf(world), MANIFEST)).toBe(askUs(bytes, rootOf(world)));
    expect(askLibrary(bytes, rootOf(world), OTHER_MANIFEST)).toBe('refused');
  });
});

describe('a certificate whose parts are computed once', () => {
  const roots = [rootOf(world), realRoot('public-good'), realRoot('staging'), realRoot('github')];
  const chains = roots.flatMap((root) => {
    const { certificateAuthorities, timestampAuthorities } = parseTrustRoot(root).material;
    return [...certificateAuthorities, ...timestampAuthorities].map(({ certChain }) => certChain);
  });
  // Chains share their roots.
  const trusted = new Map(chains.flat().map(({ root }) => [root.toDER().toString('base64'), root.toDER()]));
  const ders = [
    ...trusted.values(),
    world.mintKeyless().certificate,
    world.mintGithub().certificate,
    stranger.mintKeyless({ keyKind: 'rsa2048' }).certificate,
  ];
  const pairs = ders.map((der) => ({
    plain: X509Certificate.parse(Buffer.from(der)),
    constant: ConstantCertificate.decode(der, 'trusted'),
  }));
  const facts = (certificate: X509Certificate): unknown => ({
    publicKey: certificate.publicKey,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isCA: certificate.isCA,
    pathLength: certificate.extBasicConstraints?.pathLenConstraint,
    authorityKey: certificate.extAuthorityKeyID?.keyIdentifier,
    subjectKey: certificate.extSubjectKeyID?.keyIdentifier,
    der: certificate.root.toDER(),
  });

  it('says what the library says, the first and the second time', () => {
    expect(pairs.length).toBeGreaterThan(10);
    for (const { plain, constant } of pairs) {
      const expected = facts(plain);
      expect(facts(constant)).toEqual(expected);
      expect(facts(constant)).toEqual(expected);
    }
  });

  // Some thousand checks, of which the library encodes each certificate anew: seconds, or many on a busy machine.
  it('compares and verifies every pair as the library does', () => {
    for (const a of pairs) {
      for (const b of pairs) {
        expect(a.constant.equals(b.constant)).toBe(a.plain.equals(b.plain));
        const expected = a.plain.verify(b.plain);
        expect(a.constant.verify(b.constant)).toBe(expected);
        expect(a.constant.verify(b.constant)).toBe(expected);
        expect(a.constant.verify(b.plain)).toBe(expected);
      }
      expect(a.constant.verify()).toBe(a.plain.verify());
    }
  }, 120_000);

  it('encodes itself without any of its extensions as the library does, and stays as it was', () => {
    for (const { plain, constant } of pairs) {
      plain.extensions.forEach((_, place) => {
        const [theirs, ours] = [plain.clone(), constant.clone()];
        theirs.extensions.splice(place, 1);
        ours.extensions.splice(place, 1);
        expect(ours.tbsCertificate.toDER()).toEqual(theirs.tbsCertificate.toDER());
      });
      expect(constant.clone().tbsCertificate.toDER()).toEqual(plain.tbsCertificate.toDER());
      expect(constant.extensions).toHaveLength(plain.extensions.length);
    }
  });

  it('is not changed by verifying with it', () => {
    const trust = parseTrustRoot(realRoot('staging'));
    const { certificateAuthorities, timestampAuthorities } = trust.material;
    const state = () =>
      [...certificateAuthorities, ...timestampAuthorities].map(({ certChain }) => certChain.map(facts));
    const before = state();
    for (let round = 0; round < 3; round++) {
      for (const { bytes, subject } of realBundles().filter((bundle) => bundle.root === 'staging')) {
        const reading = parseEvidence(bundleEvidence(bytes));
        expect(verifyWithTrust(reading, subject, trust, NOW).signedAt).toHaveLength(1);
      }
    }
    expect(state()).toEqual(before);
  });
});

import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from '../../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../../src/verification/check/trust-material.ts';
import { verifyEvidence } from '../../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER } from '../../../support/sigstore-world.ts';
import { bundleEvidence, check, IMAGE, layerEvidence, MANIFEST, NOW, policyKey, rootOf } from '../evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const { digest } = IMAGE;
const SBOM = 'https://cyclonedx.org/bom';

describe('verifyEvidence', () => {
  it('accepts keyless provenance and says who signed it, when and what it says', () => {
    const identity = world.mintGithub();
    const finding = check(trust, world.attestProvenance({ digest, identity }));
    expect(finding).toMatchObject({
      code: 'VERIFIED',
      material: 'trust:acme',
      claim: { kind: 'attestation', predicateType: 'https://slsa.dev/provenance/v1' },
      verified: {
        signer: {
          kind: 'certificate',
          trust: 'acme',
          issuer: GITHUB_ISSUER,
          identities: [{ kind: 'uri', value: identity.subject }],
          claims: { sourceRepositoryUri: 'https://github.com/acme/app', sourceRepositoryRef: 'refs/tags/v1.0.0' },
        },
        signedAt: [NOW.toISOString()],
        statement: { predicateType: 'https://slsa.dev/provenance/v1' },
      },
    });
  });

  const forms = [
    ...(['0.1', '0.2', '0.3'] as const).map((version) => ({ version })),
    ...(['dsse', 'hashedrekord', 'intoto-0.0.2'] as const).map((entryKind) => ({ entryKind })),
    ...(['dsse', 'hashedrekord'] as const).map((entryKind) => ({ entryKind, log: 'rekor2' as const })),
    { version: '0.1' as const, proof: false },
    { promise: false, timestamp: true },
    { timestamp: true },
  ];
  it.each(forms)('accepts a keyless bundle of the form %o', (form) => {
    const identity = world.mintKeyless();
    expect(check(trust, world.signImageBundle({ digest, identity, ...form }))).toMatchObject({ code: 'VERIFIED' });
    if ('entryKind' in form) return;
    const message = world.signImageBundle({ digest, identity, manifest: MANIFEST, ...form });
    expect(check(trust, message)).toMatchObject({ code: 'VERIFIED', claim: { kind: 'signature' } });
  });

  it('accepts what a key signed: a message, a statement, and layers of cosign', () => {
    const key = createKeyPair();
    const identity = { kind: 'key', key } as const;
    const material = createKeyMaterial(policyKey(key));
    const items = [
      bundleEvidence(world.signImageBundle({ digest, identity })),
      bundleEvidence(world.signImageBundle({ digest, identity, manifest: MANIFEST })),
      layerEvidence(world.cosignSignature({ digest, identity, optional: { env: 'prod' } })),
      layerEvidence(world.cosignAttestation({ digest, identity, predicateType: SBOM })),
    ];
    const findings = verifyEvidence({ subject: digest, items }, IMAGE, [material], NOW);
    expect(findings.map(({ code }) => code)).toEqual(['VERIFIED', 'VERIFIED', 'VERIFIED', 'VERIFIED']);
    expect(findings[0]?.verified?.signer).toEqual({ kind: 'key', keyId: key.keyId });
    expect(findings[2]?.verified?.annotations).toEqual({ env: 'prod' });
    expect(findings[3]?.verified?.statement).toEqual({ predicateType: SBOM, predicate: {} });
  });

  const entryKinds = ['dsse', 'hashedrekord', 'intoto-0.0.1', 'intoto-0.0.2'] as const;
  it.each(entryKinds)('accepts keyless layers of cosign with a log entry of kind %s', (entryKind) => {
    const identity = world.mintKeyless();
    const layer = world.cosignAttestation({ digest, identity, predicateType: SBOM, entryKind });
    expect(trust.verify(layerEvidence(layer), IMAGE, NOW)).toMatchObject({ code: 'VERIFIED' });
    const signature = world.cosignSignature({ digest, identity, timestamp: true });
    expect(trust.verify(layerEvidence(signature), IMAGE, NOW)).toMatchObject({ code: 'VERIFIED' });
  });

  it('gives one finding for each piece of evidence and material', () => {
    const identity = { kind: 'key', key: createKeyPair() } as const;
    const materials = [
      trust,
      createKeyMaterial(policyKey(identity.key)),
      createKeyMaterial(policyKey(createKeyPair())),
    ];
    const items = [bundleEvidence(world.signImageBundle({ digest, identity }))];
    const findings = verifyEvidence({ subject: digest, items }, IMAGE, materials, NOW);
    expect(findings.map(({ code }) => code)).toEqual(['MATERIAL_MISMATCH', 'VERIFIED', 'SIGNATURE_INVALID']);
  });
});

import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Annotations, Evidence } from '../../../src/domain/evidence.ts';
import type { Requirement, SignerRule } from '../../../src/domain/policy.ts';
import { attestationBy, identityRule, policyOf, signatureBy } from '../../support/findings.ts';
import { JUDGED, judgeReal } from '../../support/judge-evidence.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const world = createSigstoreWorld({ now: () => NOW });
const SBOM = 'https://cyclonedx.org/bom';
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

const alice = createKeyPair();
const byAlice: SignerRule = { kind: 'key', key: { keyId: alice.keyId, pem: alice.pem, name: 'keys/alice.pub' } };
// Anybody can have a certificate of the public instance; another requirement makes it be looked at.
const mallory = world.mintKeyless({ subject: 'https://github.com/mallory' });
const somebody = signatureBy([identityRule('https://github.com/somebody', 'https://issuer.world.test')], {
  name: 'signed by somebody too',
});

const scan = world.cosignAttestation({
  digest: JUDGED.digest,
  identity: { kind: 'key', key: alice },
  predicateType: VULN,
});
const envelope: object = JSON.parse(Buffer.from(scan.bytes).toString());

function codeOf(requirement: Requirement, items: readonly Evidence[]): string | undefined {
  const { requirements } = judgeReal(world, [policyOf([requirement, somebody])], items, NOW);
  return requirements[0]?.code;
}

function attestationLayer(bytes: Uint8Array, annotations: Annotations): Evidence {
  return { kind: 'cosign-attestation', digest: digestOf(bytes), place: 'attestation-tag', bytes, annotations };
}

describe('one blob that is read as two pieces of evidence (W5)', () => {
  const orders: readonly (readonly [string, (items: Evidence[]) => Evidence[]])[] = [
    ['first', (items) => items],
    ['last', (items) => items.toReversed()],
  ];

  it.each(orders)(
    "an attestation does not count as its signer's signature, read as a stranger's signature %s",
    (_, order) => {
      const critical = {
        identity: { 'docker-reference': '' },
        image: { 'docker-manifest-digest': JUDGED.digest },
        type: 'cosign container image signature',
      };
      // What is outside of the signed payload of an envelope is nobody's: a stranger may add a payload of his own.
      const payload = Buffer.from(JSON.stringify({ ...envelope, critical, optional: null }));
      const { bytes, annotations } = world.cosignSignature({ digest: JUDGED.digest, identity: mallory, payload });
      const digest = digestOf(bytes);
      const signature: Evidence = { kind: 'cosign-signature', digest, place: 'signature-tag', bytes, annotations };
      const items = order([signature, attestationLayer(bytes, scan.annotations)]);
      expect(codeOf(signatureBy([byAlice]), items)).toBe('SIGNER_NOT_ALLOWED');
      expect(codeOf(attestationBy([byAlice], { predicateTypes: [VULN] }), items)).toBe('SATISFIED');
    },
  );

  it.each(orders)(
    "an attestation does not count as one of another type, read as a stranger's attestation of that type %s",
    (_, order) => {
      const bundle = world.attest({ digest: JUDGED.digest, identity: mallory, predicateType: SBOM });
      const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(bundle).toString()), ...envelope }));
      const read: Evidence = { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes };
      const items = order([read, attestationLayer(bytes, scan.annotations)]);
      expect(codeOf(attestationBy([byAlice]), items)).toBe('SIGNER_NOT_ALLOWED');
      expect(codeOf(attestationBy([byAlice], { predicateTypes: [VULN] }), items)).toBe('SATISFIED');
    },
  );
});

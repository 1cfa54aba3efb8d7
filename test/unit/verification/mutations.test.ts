import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type {
  VerificationMaterial,
  VerificationSubject,
} from '../../../src/verification/read/verification-material.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, layerEvidence, MANIFEST, NOW, policyKey, rootOf } from './evidence.ts';
import { mutations } from './mutate.ts';
import { realBundles, realRoot } from './real-bundles.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintGithub();
const key = createKeyPair();
const keyed = createKeyMaterial(policyKey(key), { trust: rootOf(world) });
const { digest } = IMAGE;
const signer = { kind: 'key', key } as const;

interface Base {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly material: VerificationMaterial;
  readonly subject: VerificationSubject;
}

const bases: readonly Base[] = [
  { name: 'provenance', bytes: world.attestProvenance({ digest, identity }), material: trust },
  { name: 'Rekor v2', bytes: world.signImageBundle({ digest, identity, log: 'rekor2' }), material: trust },
  { name: 'bundle 0.1', bytes: world.signImageBundle({ digest, identity, version: '0.1' }), material: trust },
  { name: 'message', bytes: world.signImageBundle({ digest, identity, manifest: MANIFEST }), material: trust },
  {
    name: 'both times',
    bytes: world.signImageBundle({ digest, identity, timestamp: true, entryKind: 'intoto-0.0.2' }),
    material: trust,
  },
  {
    name: 'key with log and timestamp',
    bytes: world.signImageBundle({ digest, identity: signer, log: 'rekor1', timestamp: true }),
    material: keyed,
  },
].map((base) => ({ ...base, subject: IMAGE }));
const real: readonly Base[] = realBundles().map(({ name, bytes, subject, root }) => ({
  name,
  bytes,
  subject,
  material: createTrustMaterial(realRoot(root)),
}));

const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

/** What a finding says must be what the unchanged evidence said, or it must not count. */
function expectNoOtherMeaning(finding: Finding, original: Finding, what: string): void {
  expect(finding.code, what).not.toBe('EVIDENCE_UNPROCESSABLE');
  expect(finding.message, what).toMatch(/^[A-Z].*\.$/s);
  if (finding.code !== 'VERIFIED') {
    expect(finding.verified, what).toBeUndefined();
    return;
  }
  // A damaged extra proof is left out; what remains must be what was proven before.
  const { signedAt, ...said } = finding.verified ?? { signedAt: [] };
  const { signedAt: before, ...saidBefore } = original.verified ?? { signedAt: [] };
  expect(said, what).toEqual(saidBefore);
  expect(before, what).toEqual(expect.arrayContaining([...signedAt]));
  expect(finding.claim, what).toEqual(original.claim);
}

describe('evidence with a single field changed (W16, C11)', () => {
  let count = 0;

  it.each([...bases, ...real])(
    'never crashes and never passes with another meaning: $name',
    (base) => {
      const judge = (bytes: Uint8Array) => base.material.verify(bundleEvidence(bytes), base.subject, NOW);
      const original = judge(base.bytes);
      expect(original.code).toBe('VERIFIED');
      for (const { what, json } of mutations(parse(base.bytes), 12)) {
        count++;
        expectNoOtherMeaning(judge(Buffer.from(JSON.stringify(json))), original, what);
      }
    },
    60_000,
  );

  const layers = [
    world.cosignSignature({ digest, identity, timestamp: true }),
    world.cosignAttestation({ digest, identity, predicateType: 'https://example.test/p', timestamp: true }),
    world.cosignAttestation({ digest, identity, predicateType: 'https://example.test/p', entryKind: 'intoto-0.0.1' }),
  ].map((layer) => layerEvidence(layer));

  it.each(layers)(
    'never crashes and never passes with another meaning: a layer of kind $kind',
    (layer) => {
      if (layer.kind === 'bundle' || layer.kind === 'refused') throw new Error('expected a layer');
      const judge = (changed: Partial<typeof layer>) => trust.verify({ ...layer, ...changed } as Evidence, IMAGE, NOW);
      const original = judge({});
      expect(original.code).toBe('VERIFIED');
      const inner = Object.entries(layer.annotations).flatMap(([name, text]) =>
        text.startsWith('{')
          ? [...mutations(parse(Buffer.from(text)), 12)].map(({ what, json }) => ({
              what: `${name} ${what}`,
              change: { annotations: { ...layer.annotations, [name]: JSON.stringify(json) } },
            }))
          : [],
      );
      const outer = [...mutations(layer.annotations, 12)].map(({ what, json }) => ({
        what,
        change: { annotations: onlyTexts(json) },
      }));
      const payload = [...mutations(parse(layer.bytes), 12)].map(({ what, json }) => ({
        what,
        change: { bytes: Buffer.from(JSON.stringify(json)) },
      }));
      for (const { what, change } of [...inner, ...outer, ...payload]) {
        count++;
        expectNoOtherMeaning(judge(change), original, what);
      }
    },
    60_000,
  );

  it('was tried at least three thousand times', () => {
    expect(count).toBeGreaterThanOrEqual(3_000);
  });

  it('is refused when cut short at any byte', () => {
    const { bytes } = bases[0] ?? { bytes: new Uint8Array() };
    for (let length = 0; length < bytes.length; length += 37) {
      expect(trust.verify(bundleEvidence(bytes.subarray(0, length)), IMAGE, NOW).code).toBe('EVIDENCE_MALFORMED');
    }
  });
});

// Annotations are texts by the image specification, and the registry's reader sees to it.
function onlyTexts(json: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(Object(json)).filter(([, value]) => typeof value === 'string')) as Record<
    string,
    string
  >;
}

import { describe, expect, it } from 'vitest';
import { OCI_INDEX } from '../../../src/domain/manifest.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { putArtifact, putBundle, putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { slsa1 } from '../../support/provenance.ts';
import { IMAGE_CONFIG } from '../../support/push-image.ts';
import { createKeyPair, createSigstoreWorld, type TestKey } from '../../support/sigstore-world.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const BOB = createKeyPair();
const KEYS: Readonly<Record<string, TestKey>> = { 'alice.pub': ALICE, 'bob.pub': BOB };
const SBOM = 'https://spdx.dev/Document';
const SLSA = 'https://slsa.dev/provenance/v1';

const SIGNED = (more = '') => `{ name: signed, ${more} signature: { signer: { key: alice.pub } } }`;
const HAS_SBOM = (more = '') =>
  `{ name: has an SBOM, ${more} attestation: { type: "${SBOM}", signer: { key: bob.pub } } }`;
const BUILT = (more = '') => `{ name: built by us, ${more} provenance: { signer: { key: alice.pub } } }`;

function asking(...require: readonly string[]): PolicySet {
  const text = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec: { images: ["registry.example.com/acme/**"], require: [${require.join(', ')}] }
`;
  const options = { trustNames: [], noMatch: 'alert' } as const;
  return parsePolicyDocuments([{ file: 'p.yaml', text }], (path) => KEYS[path]?.pem ?? '', options);
}

const by = (key: TestKey) => ({ kind: 'key', key }) as const;

function createShelf() {
  const registry = createMemoryRegistry();
  return {
    registry,
    sign: (image: StoredManifest, key = ALICE) =>
      putBundle(registry, image, WORLD.signImageBundle({ digest: image.digest, identity: by(key) })),
    attest: (image: StoredManifest, predicateType = SBOM, key = BOB) =>
      putBundle(registry, image, WORLD.attest({ digest: image.digest, identity: by(key), predicateType })),
  };
}

async function verdictOn(registry: MemoryRegistry, { digest }: StoredManifest, policies: PolicySet): Promise<Verdict> {
  const judgement = await judgeImage({
    registry: { host: registry.host, reader: registry.reader },
    repository: REPOSITORY,
    digest,
    policies,
    judge: createLocalJudge(createMaterialStore(() => ({ epoch: 1, roots: new Map() }))),
    clock: () => new Date(),
    looksLikeImage: true,
  });
  if (judgement.kind !== 'judged') throw new Error(`expected a verdict, got ${judgement.kind}`);
  return judgement.verdict;
}

describe('C12: a level for each requirement', () => {
  it('a signature on the index and an SBOM on each platform can be asked for', async () => {
    const { registry, sign, attest } = createShelf();
    const images = [putImage(registry), putImage(registry)] as const;
    const index = putIndex(registry, images);
    const policies = asking(SIGNED(), HAS_SBOM('platforms: each,'));
    attest(images[0]);
    sign(index);
    expect(await verdictOn(registry, index, policies)).toMatchObject({
      outcome: 'fail-missing',
      reason: expect.stringContaining('linux/arm64'),
    });
    attest(images[1]);
    expect(await verdictOn(registry, index, policies)).toMatchObject({ outcome: 'pass' });
    const unsigned = putIndex(registry, images.toReversed());
    expect(await verdictOn(registry, unsigned, policies)).toMatchObject({ outcome: 'fail-missing' });
  });

  it('a single image is asked for all of it', async () => {
    const { registry, sign, attest } = createShelf();
    const image = putImage(registry);
    sign(image);
    const policies = asking(SIGNED(), HAS_SBOM('platforms: each,'));
    expect(await verdictOn(registry, image, policies)).toMatchObject({ code: 'ATTESTATION_MISSING' });
    attest(image);
    expect(await verdictOn(registry, image, policies)).toMatchObject({ outcome: 'pass' });
  });

  it('of any level: all platforms signed and the index not, or the other way round', async () => {
    const { registry, sign } = createShelf();
    const images = [putImage(registry), putImage(registry)] as const;
    const index = putIndex(registry, images);
    const policies = asking(SIGNED('platforms: any-level,'));
    sign(images[0]);
    const partly = await verdictOn(registry, index, policies);
    expect(partly).toMatchObject({ outcome: 'fail-missing', code: 'SIGNATURE_MISSING' });
    expect(partly.reason).toContain('for linux/arm64: Nobody has signed this image');
    sign(images[1]);
    const passed = await verdictOn(registry, index, policies);
    expect(passed).toMatchObject({ outcome: 'pass', code: 'PROVED_BY_PLATFORMS' });
    expect(passed.requirements.map(({ name }) => name)).toEqual(['signed (linux/amd64)', 'signed (linux/arm64)']);
    const other = putIndex(registry, [putImage(registry)]);
    sign(other);
    expect(await verdictOn(registry, other, policies)).toMatchObject({ outcome: 'pass', code: 'SATISFIED' });
  });

  it('an index of nothing, or of what the registry does not have, passes by no platform', async () => {
    const { registry } = createShelf();
    const policies = asking(SIGNED('platforms: any-level,'));
    const lost = putImage(registry);
    const index = putIndex(registry, [lost]);
    registry.removeManifest(lost.digest);
    for (const one of [putIndex(registry, []), index]) {
      expect(await verdictOn(registry, one, policies)).toMatchObject({ outcome: 'fail-missing' });
    }
  });

  it('proof for another requirement at no level keeps an index from passing', async () => {
    const { registry, sign } = createShelf();
    const image = putImage(registry);
    sign(image);
    const index = putIndex(registry, [image]);
    const policies = asking(SIGNED('platforms: any-level,'), HAS_SBOM());
    expect(await verdictOn(registry, index, policies)).toMatchObject({ outcome: 'fail-missing' });
  });
});

describe('proof at another level than the policy looks', () => {
  it('is told where it lies on the platforms and the index is asked', async () => {
    const { registry, sign } = createShelf();
    const image = putImage(registry);
    sign(image);
    const { outcome, reason, requirements } = await verdictOn(registry, putIndex(registry, [image]), asking(SIGNED()));
    expect(outcome).toBe('fail-missing');
    expect(reason).toContain('The image for linux/amd64 in it has this proof, but the policy looks at the index');
    expect(requirements[0]?.found).toContain('platforms: any-level');
  });

  it('is told where it lies on the index and each platform is asked', async () => {
    const { registry, sign } = createShelf();
    const index = putIndex(registry, [putImage(registry)]);
    sign(index);
    const text = asking(SIGNED());
    const policies = { ...text, policies: text.policies.map((policy) => ({ ...policy, platforms: 'each' as const })) };
    const { reason } = await verdictOn(registry, index, policies);
    expect(reason).toContain('The index has this proof, but the policy asks each image in it for its own');
  });
});

describe("BuildKit's attestations in an index", () => {
  function putBuild(registry: MemoryRegistry, about?: StoredManifest) {
    const image = putImage(registry);
    const statement = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v0.1',
      predicateType: SLSA,
      subject: [{ name: 'app', digest: { sha256: (about ?? image).digest.slice('sha256:'.length) } }],
      predicate: slsa1(),
    });
    const layers = [{ bytes: statement, mediaType: 'application/vnd.in-toto+json' }];
    const attestation = putArtifact(registry, { config: { mediaType: IMAGE_CONFIG, bytes: '{}' }, layers });
    const listed = ({ mediaType, digest, size }: StoredManifest) => ({ mediaType, digest, size });
    const manifests = [
      { ...listed(image), platform: { os: 'linux', architecture: 'amd64' } },
      {
        ...listed(attestation),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.digest,
        },
      },
    ];
    const index = registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    return { image, attestation, index };
  }

  it.each(['', 'platforms: any-level,', 'platforms: each,'])(
    'count for their platform where they are signed (%j)',
    async (level) => {
      const { registry, sign } = createShelf();
      const { attestation, index } = putBuild(registry);
      sign(attestation);
      const verdict = await verdictOn(registry, index, asking(BUILT(level)));
      expect(verdict).toMatchObject({ outcome: 'pass' });
      expect(verdict.requirements.map(({ name }) => name)).toEqual(['built by us (linux/amd64)']);
    },
  );

  it('are named as unsigned provenance where they are not', async () => {
    const { registry } = createShelf();
    const { index } = putBuild(registry);
    const { outcome, reason } = await verdictOn(registry, index, asking(BUILT()));
    expect(outcome).toBe('fail-missing');
    expect(reason).toContain('nobody has signed it: unsigned provenance proves nothing');
  });

  it('do not count where a stranger has signed them, and the message says that they are signed', async () => {
    const { registry, sign } = createShelf();
    const { attestation, index } = putBuild(registry);
    sign(attestation, BOB);
    const { outcome, reason } = await verdictOn(registry, index, asking(BUILT()));
    expect(outcome).not.toBe('pass');
    expect(reason).toContain('is signed, but does not suffice');
  });

  it('C4: do not count where they are about another image', async () => {
    const { registry, sign } = createShelf();
    const { attestation, index } = putBuild(registry, putImage(registry));
    sign(attestation);
    expect((await verdictOn(registry, index, asking(BUILT()))).outcome).not.toBe('pass');
  });

  it.each([true, false])(
    'do not hide an image by what is left out of them, with a signature or without: %s',
    async (isSigned) => {
      const { registry, sign } = createShelf();
      const { attestation, index } = putBuild(registry);
      if (isSigned) sign(attestation);
      const manifest = await registry.reader.readManifest(REPOSITORY, { digest: attestation.digest });
      const [statement] = manifest?.layers ?? [];
      if (statement === undefined) expect.fail('the attestation has no statement');
      registry.removeBlob(statement.digest);
      for (const policies of [asking(BUILT()), asking(SIGNED())]) {
        expect((await verdictOn(registry, index, policies)).outcome).toBe('fail-missing');
      }
    },
  );

  it('leave it open where the registry does not answer', async () => {
    const { registry, sign } = createShelf();
    const { attestation, index } = putBuild(registry);
    sign(attestation);
    const silent = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    registry.failOn(`manifests/${attestation.digest}`, silent);
    expect(await verdictOn(registry, index, asking(BUILT()))).toMatchObject({ outcome: 'indeterminate' });
  });

  it('C6: are not made true by an attestation about them, nor are they a signature of the image', async () => {
    const { registry, sign, attest } = createShelf();
    const scanned = putBuild(registry);
    attest(scanned.attestation, SBOM, ALICE);
    expect((await verdictOn(registry, scanned.index, asking(BUILT()))).outcome).not.toBe('pass');
    const signed = putBuild(registry);
    sign(signed.attestation);
    expect((await verdictOn(registry, signed.index, asking(SIGNED()))).outcome).not.toBe('pass');
  });
});

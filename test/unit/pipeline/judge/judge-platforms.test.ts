import { describe, expect, it } from 'vitest';
import { OCI_INDEX } from '../../../../src/domain/manifest.ts';
import type { PolicySet } from '../../../../src/domain/policy.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { judgeImage } from '../../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import { putArtifact, putBundle, putImage, putIndex, REPOSITORY } from '../../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../../support/memory-registry.ts';
import { IMAGE_CONFIG, LAYER_TAR_GZIP } from '../../../support/push-image.ts';
import { createKeyPair, createSigstoreWorld, type TestKey } from '../../../support/sigstore-world.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const BOB = createKeyPair();
const KEYS: Readonly<Record<string, TestKey>> = { 'alice.pub': ALICE, 'bob.pub': BOB };
const SBOM = 'https://cyclonedx.org/bom';

const policy = (name: string, key: string, more: string): string => `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: ${name} }
spec:
  images: ["registry.example.com/acme/**"]
  ${more}
  require: [{ name: signed by ${name}, signature: { signer: { key: ${key}.pub } } }]
`;
const EACH = policiesOf(policy('alice', 'alice', 'platforms: each'));

function policiesOf(...texts: readonly string[]): PolicySet {
  const files = texts.map((text, at) => ({ file: `${at}.yaml`, text }));
  return parsePolicyDocuments(files, (path) => KEYS[path]?.pem ?? '', { trustNames: [], noMatch: 'alert' });
}

function createShelf(): { registry: MemoryRegistry; signed: <T extends StoredManifest>(image: T, key?: TestKey) => T } {
  const registry = createMemoryRegistry();
  return {
    registry,
    signed: (image, key = ALICE) => {
      putBundle(registry, image, WORLD.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } }));
      return image;
    },
  };
}

async function verdictOn(registry: MemoryRegistry, { digest }: StoredManifest, policies = EACH): Promise<Verdict> {
  registry.clearRequests();
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

function putList(registry: MemoryRegistry, manifests: readonly object[]): StoredManifest {
  return registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

const listed = (
  { mediaType, digest, size }: StoredManifest,
  platform: object = { os: 'linux', architecture: 'arm' },
) => ({
  mediaType,
  digest,
  size,
  platform,
});
const UNKNOWN = { os: 'unknown', architecture: 'unknown' };

describe('C12: where each platform must pass', () => {
  it('only the index signed: an image in it fails, by its platform', async () => {
    const { registry, signed } = createShelf();
    const index = signed(putIndex(registry, [signed(putImage(registry)), putImage(registry)]));
    const verdict = await verdictOn(registry, index);
    expect(verdict).toMatchObject({ outcome: 'fail-missing', onFailure: 'quarantine' });
    expect(verdict.reason).toContain('linux/arm64');
    expect(verdict.requirements.map(({ satisfied }) => satisfied)).toEqual([true, true, false]);
  });

  it('only the images signed: the index fails, and it alone is looked at', async () => {
    const { registry, signed } = createShelf();
    const index = putIndex(registry, [signed(putImage(registry)), signed(putImage(registry))]);
    expect(await verdictOn(registry, index)).toMatchObject({ outcome: 'fail-missing' });
    expect(registry.requests).toHaveLength(4);
  });

  it('an image signed by a stranger fails for its evidence', async () => {
    const { registry, signed } = createShelf();
    const index = signed(putIndex(registry, [signed(putImage(registry)), signed(putImage(registry), BOB)]));
    expect(await verdictOn(registry, index)).toMatchObject({ outcome: 'fail-evidence', code: 'SIGNATURE_INVALID' });
  });

  it('an image that is not there proves nothing, and keeps no failing index from failing (P2)', async () => {
    const { registry, signed } = createShelf();
    const lost = putImage(registry);
    const index = putIndex(registry, [lost]);
    registry.removeManifest(lost.digest);
    expect(await verdictOn(registry, index)).toMatchObject({ outcome: 'fail-missing' });
    expect(await verdictOn(registry, signed(index))).toMatchObject({
      outcome: 'fail-missing',
      code: 'LISTED_ABSENT',
      onFailure: 'quarantine',
      reason: expect.stringContaining(lost.digest),
    });
  });

  it('an image in an index in the index counts like any other', async () => {
    const { registry, signed } = createShelf();
    const inner = signed(putIndex(registry, [putImage(registry)]));
    expect(await verdictOn(registry, signed(putIndex(registry, [inner])))).toMatchObject({ outcome: 'fail-missing' });
    const good = signed(putIndex(registry, [signed(putImage(registry))]));
    expect(await verdictOn(registry, signed(putIndex(registry, [good])))).toMatchObject({ outcome: 'pass' });
  });

  it('an image listed many times is looked at once', async () => {
    const { registry, signed } = createShelf();
    const image = signed(putImage(registry));
    const index = signed(putIndex(registry, new Array(50).fill(image)));
    expect(await verdictOn(registry, index)).toMatchObject({ outcome: 'pass' });
    expect(registry.requests).toHaveLength(8);
  });

  it('more images than anybody needs are not all looked at, which is no pass and no failure', async () => {
    const { registry, signed } = createShelf();
    const images = Array.from({ length: 101 }, () => signed(putImage(registry)));
    const verdict = await verdictOn(registry, signed(putIndex(registry, images)));
    expect(verdict).toMatchObject({ outcome: 'rejected-input', code: 'LOOK_CUT_SHORT', onFailure: 'quarantine' });
    const most = await verdictOn(registry, signed(putIndex(registry, images.slice(1))));
    expect(most).toMatchObject({ outcome: 'pass' });
  });

  it('an index that nobody can read completely is no pass: a runtime may see images in it that we do not', async () => {
    const { registry, signed } = createShelf();
    const hidden = listed({ ...putImage(registry), digest: `sha384:${'a'.repeat(96)}` as never });
    const partly = signed(putList(registry, [listed(signed(putImage(registry))), hidden]));
    const twice = Buffer.from(`{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[],"manifests":[]}`);
    const ambiguous = signed(registry.putManifest(REPOSITORY, twice, OCI_INDEX));
    for (const index of [partly, ambiguous, signed(putIndex(registry, [ambiguous]))]) {
      expect(await verdictOn(registry, index)).toMatchObject({ outcome: 'rejected-input', code: 'LOOK_CUT_SHORT' });
    }
  });

  it('an image does not pass for what BuildKit attests because its platform is called unknown', async () => {
    const { registry, signed } = createShelf();
    const image = listed(putImage(registry), UNKNOWN);
    expect(await verdictOn(registry, signed(putList(registry, [image])))).toMatchObject({ outcome: 'fail-missing' });
    const statement = { bytes: '{}', mediaType: 'application/vnd.in-toto+json' };
    const layers = [statement];
    const both = putImage(registry, { layers: [statement, { bytes: 'tar', mediaType: LAYER_TAR_GZIP }] });
    const mixed = signed(putList(registry, [listed(both, UNKNOWN)]));
    expect(await verdictOn(registry, mixed)).toMatchObject({ outcome: 'fail-missing' });
    const attested = listed(putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers }), UNKNOWN);
    expect(await verdictOn(registry, signed(putList(registry, [attested])))).toMatchObject({ outcome: 'pass' });
  });

  it('the name of a platform cannot write into the messages', async () => {
    const { registry, signed } = createShelf();
    const image = listed(putImage(registry), { os: 'linux\u202e\n', architecture: 'x'.repeat(5_000) });
    const { reason } = await verdictOn(registry, signed(putList(registry, [image])));
    expect(reason).not.toMatch(/[\u202e\n]/);
    expect(reason.length).toBeLessThan(1_000);
  });
});

describe('where one policy asks each platform and another the index', () => {
  it('an alert of the one does not hide the quarantine of the other, whichever of them looks at the index', async () => {
    const alerting = (key: string, platforms: string) =>
      policy('alerting', key, `platforms: ${platforms}\n  onFailure: alert\n  grace: 10d`);
    const { registry, signed } = createShelf();
    const index = signed(putIndex(registry, [putImage(registry)]));
    const strictEach = policiesOf(policy('alice', 'alice', 'platforms: each'), alerting('bob', 'index'));
    expect(await verdictOn(registry, index, strictEach)).toMatchObject({
      outcome: 'fail-missing',
      onFailure: 'quarantine',
      graceMs: 900_000,
      policies: ['alerting', 'alice'],
    });
    const strictIndex = policiesOf(policy('alice', 'alice', ''), alerting('alice', 'each'));
    expect(await verdictOn(registry, index, strictIndex)).toMatchObject({
      outcome: 'fail-missing',
      onFailure: 'alert',
    });
  });

  it('an attestation of the index is not asked of its images', async () => {
    const { registry, signed } = createShelf();
    const index = signed(putIndex(registry, [signed(putImage(registry))]));
    const sbom = policy('sbom', 'bob', '').replace('signature: {', `attestation: { type: "${SBOM}",`);
    const policies = policiesOf(policy('alice', 'alice', 'platforms: each'), sbom);
    expect(await verdictOn(registry, index, policies)).toMatchObject({ outcome: 'fail-missing' });
    const identity = { kind: 'key', key: BOB } as const;
    putBundle(registry, index, WORLD.attest({ digest: index.digest, identity, predicateType: SBOM }));
    expect(await verdictOn(registry, index, policies)).toMatchObject({ outcome: 'pass' });
  });
});

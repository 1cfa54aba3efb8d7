import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../../src/domain/digest.ts';
import { createEvidenceHabits } from '../../../../src/evidence/evidence-habits.ts';
import { FaultError } from '../../../../src/kit/errors.ts';
import { type Judgement, judgeImage } from '../../../../src/pipeline/judge/judge-image.ts';
import type { JudgementTarget } from '../../../../src/pipeline/judge/judgement-target.ts';
import { createMaterialStore } from '../../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import { releasedArtifact } from '../../../../src/quarantine/released-artifact.ts';
import {
  putArtifact,
  putBundle,
  putCosign,
  putFallbackIndex,
  putImage,
  putIndex,
  REPOSITORY,
} from '../../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../../support/memory-registry.ts';
import { BUNDLE_V03 } from '../../../support/push-image.ts';
import { createKeyPair, createSigstoreWorld } from '../../../support/sigstore-world.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const MALLORY = createKeyPair();
const FAULT = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });

const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["registry.example.com/acme/**"]
  require:
    - name: signed by alice
      signature: { of: [{ key: alice.pub }] }
`;

function targetOf(registry: MemoryRegistry, over: Partial<JudgementTarget> = {}): Omit<JudgementTarget, 'digest'> {
  const readKey = () => ALICE.pem;
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map() }));
  return {
    registry: { host: registry.host, reader: registry.reader },
    repository: REPOSITORY,
    policies: parsePolicyDocuments([{ file: 'policy.yaml', text: POLICY }], readKey, {
      trustNames: [],
      noMatch: 'alert',
    }),
    judge: createLocalJudge(store),
    clock: () => new Date(),
    looksLikeImage: true,
    ...over,
  };
}

function judged(
  registry: MemoryRegistry,
  image: StoredManifest,
  over: Partial<JudgementTarget> = {},
): Promise<Judgement> {
  registry.clearRequests();
  return judgeImage({ ...targetOf(registry, over), digest: image.digest });
}

async function outcomeOf(registry: MemoryRegistry, image: StoredManifest, over: Partial<JudgementTarget> = {}) {
  const judgement = await judged(registry, image, over);
  return judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind;
}

const bundleFor = (digest: Digest, key = ALICE) => WORLD.signImageBundle({ digest, identity: { kind: 'key', key } });

function putSignature(registry: MemoryRegistry, image: StoredManifest): void {
  const { bytes, annotations } = WORLD.cosignSignature({ digest: image.digest, identity: { kind: 'key', key: ALICE } });
  putCosign(registry, image.digest, 'sig', [{ bytes, annotations }]);
}

describe('G4: requests of a verdict', () => {
  it('are 4 for an image with one bundle: more evidence would not change a pass', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, bundleFor(image.digest));
    expect(await outcomeOf(registry, image)).toBe('pass');
    expect(registry.requests).toHaveLength(4);
  });

  it('are 3 for an image with one cosign signature, in a repository that is known for it', async () => {
    const registry = createMemoryRegistry();
    const habits = createEvidenceHabits();
    for (const requests of [5, 3, 3]) {
      const image = putImage(registry);
      putSignature(registry, image);
      expect(await outcomeOf(registry, image, { habits })).toBe('pass');
      expect(registry.requests).toHaveLength(requests);
    }
  });

  it('are never fewer than all places for an image that fails, whatever its repository is known for', async () => {
    const registry = createMemoryRegistry();
    const habits = createEvidenceHabits();
    const signed = putImage(registry);
    putSignature(registry, signed);
    await judged(registry, signed, { habits });
    const image = putImage(registry);
    expect(await outcomeOf(registry, image, { habits })).toBe('fail-missing');
    expect(registry.requests).toHaveLength(4);
  });

  it('are 4 more for each platform, where each must pass', async () => {
    const registry = createMemoryRegistry();
    const children = [putImage(registry), putImage(registry)];
    const index = putIndex(registry, children);
    for (const image of [index, ...children]) putBundle(registry, image, bundleFor(image.digest));
    const policies = parsePolicyDocuments(
      [{ file: 'policy.yaml', text: POLICY.replace('  require:', '  platforms: each\n  require:') }],
      () => ALICE.pem,
      { trustNames: [], noMatch: 'alert' },
    );
    expect(await outcomeOf(registry, index, { policies })).toBe('pass');
    expect(registry.requests).toHaveLength(4 + 2 * 4);
  });
});

describe('a pass', () => {
  it('E2: is not lowered by fifty bad bundles', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 25; n++) {
      putBundle(registry, image, `{"garbage":${n}}`);
      putBundle(registry, image, bundleFor(image.digest, MALLORY), { annotations: { n: String(n) } });
    }
    putBundle(registry, image, bundleFor(image.digest));
    expect(await outcomeOf(registry, image)).toBe('pass');
  });

  it.each(['.sig', '.att'])('is not lowered by a place that does not answer (%s)', async (place) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, bundleFor(image.digest));
    registry.failOn(place, FAULT);
    expect(await outcomeOf(registry, image)).toBe('pass');
  });

  it('is found under the tag of cosign though the referrers do not answer', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putSignature(registry, image);
    registry.failOn('referrers/', FAULT);
    expect(await outcomeOf(registry, image)).toBe('pass');
  });

  it('is not lowered by referrers that are listed, but not there', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const lost = [1, 2, 3, 4, 5].map((n) => putBundle(registry, image, `{"lost":${n}}`));
    putFallbackIndex(registry, image.digest, [...lost, putBundle(registry, image, bundleFor(image.digest))]);
    for (const { digest } of lost) registry.removeManifest(digest);
    expect(await outcomeOf(registry, image)).toBe('pass');
  });
});

describe('what could not be told', () => {
  it.each(['manifests/sha256:', 'referrers/', '.sig', '.att'])(
    'is indeterminate, never a failure (%s)',
    async (line) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      registry.failOn(line, FAULT);
      expect(await judged(registry, image)).toMatchObject({
        verdict: { outcome: 'indeterminate', code: 'COULD_NOT_TELL' },
        findings: '[]',
        fault: FAULT,
      });
    },
  );

  it('L3: is rejected input where the manifest is larger than any may be: whoever pushed it is to blame', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const fault = new FaultError('REGISTRY_RESPONSE_TOO_LARGE', 'more than 4 MiB', { retryable: false });
    registry.failOn('manifests/sha256:', fault);
    expect(await judged(registry, image)).toMatchObject({
      verdict: { outcome: 'rejected-input', code: 'LOOK_CUT_SHORT', onFailure: 'quarantine' },
    });
  });

  it('is not asked for again and again: a silent registry is left in peace', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 40; n++) putBundle(registry, image, `{"n":${n}}`);
    registry.failOn('blobs/', FAULT);
    expect(await outcomeOf(registry, image)).toBe('indeterminate');
    expect(registry.requests.filter((line) => line.includes('blobs/')).length).toBeLessThanOrEqual(10);
  });

  it('takes as large a piece of evidence as it is told to: a bill of materials may have several MiB', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const components = Array.from({ length: 20_000 }, (_, n) => ({ name: `package-${n}`, purl: 'x'.repeat(60) }));
    const identity = { kind: 'key', key: ALICE } as const;
    const attested = { digest: image.digest, identity, predicateType: 'https://cyclonedx.org/bom' };
    const layer = WORLD.cosignAttestation({ ...attested, predicate: { components } });
    expect(layer.bytes.length).toBeGreaterThan(2 * 1024 * 1024);
    const att = putCosign(registry, image.digest, 'att', [layer]);
    const wants = POLICY.replace(
      'signature: { of: [{ key: alice.pub }] }',
      'attestation: { type: https://cyclonedx.org/bom, signer: { key: alice.pub }, where: "predicate.components.size() > 0" }',
    );
    const policies = parsePolicyDocuments([{ file: 'policy.yaml', text: wants }], () => ALICE.pem, {
      trustNames: [],
      noMatch: 'alert',
    });
    const evidenceBytes = 4 * 1024 * 1024;
    const small = { policies, evidenceBytes: 1024 * 1024 };
    expect(await judged(registry, image, small)).toMatchObject({
      verdict: { outcome: 'fail-evidence', code: 'EVIDENCE_OVER_LIMIT' },
    });
    expect(await judged(registry, image, { policies, evidenceBytes })).toMatchObject({ verdict: { outcome: 'pass' } });
    // What is pushed then is told from an image by the same limit.
    const tag = `sha256-${image.digest.slice('sha256:'.length)}.att`;
    expect(await judged(registry, att, { evidenceBytes, tag })).toMatchObject({ kind: 'evidence', of: [image.digest] });
  });

  it('C9: ends in rejected-input, never in fail-missing, when 10,000 referrers hide whether there is evidence', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const layers = [{ bytes: '{}', mediaType: 'text/plain' }];
    for (let n = 0; n < 10_000; n++) {
      putArtifact(registry, { artifactType: BUNDLE_V03, layers, subject: image, annotations: { n: String(n) } });
    }
    expect(await outcomeOf(registry, image)).toBe('rejected-input');
  });
});

describe('a failure', () => {
  it('is fail-missing when every place answered and none holds anything', async () => {
    const registry = createMemoryRegistry();
    expect(await outcomeOf(registry, putImage(registry))).toBe('fail-missing');
  });

  it('is fail-evidence when a stranger signed', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, bundleFor(image.digest, MALLORY));
    expect(await outcomeOf(registry, image)).toBe('fail-evidence');
  });
});

describe('what is no image', () => {
  it('is evidence about another digest', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const pushed = putBundle(registry, image, bundleFor(image.digest));
    expect(await judged(registry, pushed)).toEqual({ kind: 'evidence', of: [image.digest] });
  });

  it('A8: is our own "released" artifact, found by tag alone', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const { bytes, mediaType } = releasedArtifact(image.digest);
    const released = registry.putManifest(REPOSITORY, bytes, mediaType, 'quarantined-x');
    expect(await judged(registry, released)).toEqual({ kind: 'evidence', of: [image.digest] });
  });

  it('is gone', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    registry.removeManifest(image.digest);
    expect(await judged(registry, image)).toEqual({ kind: 'gone' });
  });
});

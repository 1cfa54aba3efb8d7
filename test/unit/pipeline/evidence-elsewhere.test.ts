import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/domain/digest.ts';
import { createEvidenceHabits } from '../../../src/evidence/evidence-habits.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { registryAt } from '../../../src/pipeline/registry-at.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import type { ConfiguredRegistry } from '../../../src/ports/registries.ts';
import { putBundle, putCosign, putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const MALLORY = createKeyPair();
const FAULT = new FaultError('REGISTRY_DENIED', 'the registry answered 403', { retryable: false });
const SIGS = 'sigs.example.com/acme/sigs';

const policy = (evidence: string, more = '', name = 'acme') => `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: ${name} }
spec:
  images: ["registry.example.com/acme/**"]
  ${evidence === '' ? '' : `evidence: { repositories: [${evidence}] }`}
  ${more}
  require: [{ name: signed by alice, signature: { signer: { key: alice.pub } } }]
`;

/** The registry of the images, and another one that holds evidence. */
function world(text = policy(SIGS)) {
  const [own, other] = [createMemoryRegistry(), createMemoryRegistry({ host: 'sigs.example.com' })];
  const registries = new Map(
    [own, other].map((registry): [string, ConfiguredRegistry] => [
      registry.host,
      { id: registry.host, host: registry.host, covers: () => true, reader: registry.reader },
    ]),
  );
  const habits = createEvidenceHabits();
  const judge = async (image: StoredManifest) => {
    for (const registry of [own, other]) registry.clearRequests();
    const judgement = await judgeImage({
      registry: { host: own.host, reader: own.reader },
      repository: REPOSITORY,
      digest: image.digest,
      policies: parsePolicyDocuments([{ file: 'policy.yaml', text }], () => ALICE.pem, {
        trustNames: [],
        noMatch: 'alert',
      }),
      judge: createLocalJudge(createMaterialStore(() => ({ epoch: 1, roots: new Map() }))),
      clock: () => new Date(),
      looksLikeImage: true,
      habits,
      readerFor: (place) => registryAt(registries, place)?.reader,
    });
    if (judgement.kind !== 'judged') throw new Error(judgement.kind);
    return judgement.verdict;
  };
  return { own, other, judge };
}

const bundleFor = (digest: Digest, key = ALICE) => WORLD.signImageBundle({ digest, identity: { kind: 'key', key } });
const IN_SIGS = { repository: 'acme/sigs' };

function sign(registry: MemoryRegistry, image: StoredManifest, key = ALICE, repository = 'acme/sigs'): void {
  putBundle(registry, image, bundleFor(image.digest, key), { repository });
}

describe('evidence in a repository that the policy names', () => {
  it('passes an image, as a bundle or as cosign puts it under a tag', async () => {
    const { own, other, judge } = world();
    const [bundled, tagged] = [putImage(own), putImage(own)];
    sign(other, bundled);
    const { bytes, annotations } = WORLD.cosignSignature({
      digest: tagged.digest,
      identity: { kind: 'key', key: ALICE },
    });
    putCosign(other, tagged.digest, 'sig', [{ bytes, annotations }], IN_SIGS);
    for (const image of [bundled, tagged]) {
      const verdict = await judge(image);
      expect(verdict.outcome).toBe('pass');
      expect(verdict.requirements[0]?.evidence).toMatchObject([{ counted: true, evidence: { repository: SIGS } }]);
    }
  });

  it('is not looked at where the own repository is enough: as many requests as without it', async () => {
    const { own, other, judge } = world();
    const image = putImage(own);
    sign(own, image, ALICE, REPOSITORY);
    expect((await judge(image)).outcome).toBe('pass');
    expect([own.requests.length, other.requests.length]).toEqual([4, 0]);
  });

  it('does not change where the own repository is looked at first', async () => {
    const { own, other, judge } = world();
    const image = putImage(own);
    putCosign(
      other,
      image.digest,
      'sig',
      [WORLD.cosignSignature({ digest: image.digest, identity: { kind: 'key', key: ALICE } })],
      IN_SIGS,
    );
    await judge(image);
    const next = putImage(own);
    sign(own, next, ALICE, REPOSITORY);
    await judge(next);
    expect(own.requests).toHaveLength(4);
  });

  it('counts for each platform as well', async () => {
    const { own, other, judge } = world(policy(SIGS, 'platforms: each'));
    const children = [putImage(own), putImage(own)];
    const index = putIndex(own, children);
    sign(other, index);
    for (const child of children) sign(other, child);
    expect((await judge(index)).outcome).toBe('pass');
  });

  it('is missing where it lies in none of the repositories', async () => {
    const { own, other, judge } = world();
    expect(await judge(putImage(own))).toMatchObject({ outcome: 'fail-missing' });
    expect([own.requests.length, other.requests.length]).toEqual([4, 3]);
  });
});

describe('attacks', () => {
  it('evidence for the same digest in a repository that is not named does not count, and is not looked at', async () => {
    const { own, other, judge } = world();
    const image = putImage(own);
    sign(other, image, ALICE, 'acme/sigs-of-others');
    sign(own, image, ALICE, 'acme/sigs');
    expect(await judge(image)).toMatchObject({ outcome: 'fail-missing' });
    expect(own.requests.some((line) => line.includes('acme/sigs'))).toBe(false);
  });

  it('evidence that only another policy lets count does not count', async () => {
    const { own, other, judge } = world([policy(SIGS), policy('', '', 'strict')].join('---\n'));
    const image = putImage(own);
    sign(other, image);
    const verdict = await judge(image);
    expect(verdict.outcome).toBe('fail-missing');
    expect(verdict.requirements.map(({ satisfied }) => satisfied)).toEqual([true, false]);
  });

  it("a stranger's evidence there is a finding, and never lowers a pass", async () => {
    const { own, other, judge } = world();
    const [bad, good] = [putImage(own), putImage(own)];
    for (const image of [bad, good]) {
      sign(other, image, MALLORY);
      putBundle(other, image, '{"garbage":1}', IN_SIGS);
    }
    sign(other, good);
    expect(await judge(bad)).toMatchObject({ outcome: 'fail-evidence' });
    expect(await judge(good)).toMatchObject({ outcome: 'pass' });
  });

  it('a manifest there that refers to another image does not count for this one', async () => {
    const { own, other, judge } = world();
    const [image, another] = [putImage(own), putImage(own)];
    putBundle(other, another, bundleFor(image.digest), IN_SIGS);
    sign(other, another);
    expect(await judge(image)).toMatchObject({ outcome: 'fail-missing' });
  });
});

describe('silence there', () => {
  it.each(['referrers/', '.sig', '.att'])('is indeterminate, never a failure (%s)', async (line) => {
    const { own, other, judge } = world();
    other.failOn(line, FAULT);
    expect(await judge(putImage(own))).toMatchObject({ outcome: 'indeterminate', code: 'COULD_NOT_TELL' });
  });

  it('does not matter where the image passes by its own repository', async () => {
    const { own, other, judge } = world();
    other.failOn('', FAULT);
    const image = putImage(own);
    sign(own, image, ALICE, REPOSITORY);
    expect(await judge(image)).toMatchObject({ outcome: 'pass' });
  });

  it('is what a repository without a configured registry amounts to', async () => {
    const { own, judge } = world(policy('unknown.example.com/sigs'));
    const verdict = await judge(putImage(own));
    expect(verdict.outcome).toBe('indeterminate');
    expect(verdict.reason).toContain('no configured registry holds unknown.example.com/sigs');
  });
});

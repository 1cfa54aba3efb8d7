import { expect, it, onTestFinished } from 'vitest';
import type { Digest } from '../../../src/domain/digest.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { registryAt } from '../../../src/pipeline/registry-at.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushCosignSignature, pushFallbackReferrer, pushImage, pushReferrer } from '../../support/push-image.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';

const REPOSITORY = 'acme/app';
const SIGNATURES = 'acme/signatures';
const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const identity = { kind: 'key', key: ALICE } as const;

async function open(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>) {
  const server = await start();
  onTestFinished(() => server.stop());
  const registry = openRegistry(server.url);
  const byId = new Map([[registry.id, registry]]);

  /** Judges by a policy that asks for Alice's signature, and lets it lie in this repository. */
  const judge = async (digest: Digest, evidence: string, prefix = '') => {
    const text = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["${registry.host}/**"]
  evidence:
    repositories: [{ repository: "${registry.host}/${evidence}"${prefix && `, tagPrefix: ${prefix}`} }]
  require: [{ name: signed by alice, signature: { signer: { key: alice.pub } } }]
`;
    const judgement = await judgeImage({
      registry,
      repository: REPOSITORY,
      digest,
      policies: parsePolicyDocuments([{ file: 'policy.yaml', text }], () => ALICE.pem, {
        trustNames: [],
        noMatch: 'alert',
        registryHosts: [registry.host],
      }),
      judge: createLocalJudge(createMaterialStore(() => ({ epoch: 1, roots: new Map() }))),
      clock: () => new Date(),
      readerFor: (place) => registryAt(byId, place)?.reader,
    });
    if (judgement.kind !== 'judged') throw new Error(judgement.kind);
    return judgement.verdict;
  };
  return { url: server.url, host: registry.host, judge };
}

const cases = [
  { name: 'olareg', part: 'olareg', start: startOlareg, push: pushReferrer, place: 'referrer' },
  {
    name: 'distribution',
    part: 'registry',
    start: startDistribution,
    push: pushFallbackReferrer,
    place: 'fallback-tag',
  },
] as const;

for (const { name, part, start, push, place } of cases) {
  describeWithPart(part, `evidence in another repository of ${name}`, () => {
    it('passes an image whose bundle refers to it from there, though the image is not there', async () => {
      const { url, host, judge } = await open(start);
      const image = await pushImage(url, REPOSITORY, 'v1');
      await push(url, SIGNATURES, image, WORLD.signImageBundle({ digest: image.digest, identity }));
      const verdict = await judge(image.digest, SIGNATURES);
      expect(verdict.outcome).toBe('pass');
      expect(verdict.requirements[0]?.evidence).toMatchObject([
        { counted: true, evidence: { place, repository: `${host}/${SIGNATURES}` } },
      ]);
    });

    it("passes an image whose signature lies there under cosign's tag", async () => {
      const { url, judge } = await open(start);
      const image = await pushImage(url, REPOSITORY, 'v1');
      const { bytes, annotations } = WORLD.cosignSignature({ digest: image.digest, identity });
      await pushCosignSignature(url, SIGNATURES, image.digest, [{ payload: bytes, annotations }]);
      expect(await judge(image.digest, SIGNATURES)).toMatchObject({ outcome: 'pass' });
      expect(await judge(image.digest, SIGNATURES, 'ci-')).toMatchObject({ outcome: 'fail-missing' });
    });

    it('attack: does not count evidence in a repository that the policy does not name, and none is no fault', async () => {
      const { url, judge } = await open(start);
      const image = await pushImage(url, REPOSITORY, 'v1');
      await push(url, SIGNATURES, image, WORLD.signImageBundle({ digest: image.digest, identity }));
      expect(await judge(image.digest, 'acme/never-pushed-to')).toMatchObject({ outcome: 'fail-missing' });
    });

    it("attack: a stranger's bundle there is a finding, and does not lower a pass", async () => {
      const { url, judge } = await open(start);
      const image = await pushImage(url, REPOSITORY, 'v1');
      const mallory = { kind: 'key', key: createKeyPair() } as const;
      await push(url, SIGNATURES, image, WORLD.signImageBundle({ digest: image.digest, identity: mallory }));
      expect(await judge(image.digest, SIGNATURES)).toMatchObject({ outcome: 'fail-evidence' });
      await push(url, SIGNATURES, image, WORLD.signImageBundle({ digest: image.digest, identity }));
      expect(await judge(image.digest, SIGNATURES)).toMatchObject({ outcome: 'pass' });
    });
  });
}

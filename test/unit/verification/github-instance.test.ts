import { describe, expect, it } from 'vitest';
import { BUILT_IN_TRUST, usualThresholds } from '../../../src/domain/built-in-trust.ts';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { verifyAndJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import type { BundleForm } from '../../support/sigstore/bundle-json.ts';
import type { GithubRun } from '../../support/sigstore/github.ts';
import { createSigstoreWorld, GITHUB_ISSUER, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, bundleEvidence, IMAGE, MANIFEST, NOW, rootOf } from './evidence.ts';

// An instance as GitHub runs it for private repositories: authorities for certificates and timestamps, and no log.
const world = createSigstoreWorld({ now: () => NOW });
const { document } = alteredRoot(
  world,
  (root) => {
    root.tlogs = [];
    root.ctlogs = [];
  },
  usualThresholds('github'),
);
const publicGood = createSigstoreWorld({ now: () => NOW });
const roots: ReadonlyMap<string, TrustRoot> = new Map([
  ['github', { name: 'github', document, thresholds: usualThresholds('github') }],
  ['sigstore', { ...rootOf(publicGood), name: 'sigstore' }],
]);

function policies(trust: string) {
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'private' },
    spec: {
      images: ['registry.test/**'],
      require: [
        {
          name: 'built',
          provenance: {
            signer: { trust, issuer: GITHUB_ISSUER, subject: { pattern: 'https://github.com/acme/app/.*' } },
            source: { repository: 'https://github.com/acme/app' },
          },
        },
      ],
    },
  });
  const readKey = (): string => '';
  return parsePolicyDocuments([{ file: 'p.yaml', text }], readKey, { trustNames: BUILT_IN_TRUST, noMatch: 'alert' });
}

async function judge(bytes: Uint8Array, trust = 'github'): Promise<Verdict> {
  const inForce = policies(trust);
  const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor(inForce.policies);
  const evidence = { subject: IMAGE.digest, items: [bundleEvidence(bytes)] };
  const image = 'registry.test/acme/app';
  const question = { evidence, manifest: MANIFEST, image, inForce, policies: inForce.policies, now: NOW };
  return verifyAndJudge(question, materials).verdict;
}

/** What `actions/attest` writes for a private repository. */
function attest(by: SigstoreWorld, form: BundleForm = {}, run: GithubRun = {}): Uint8Array {
  const identity = by.mintGithub(run, { ctLog: null });
  return by.attestProvenance({ digest: IMAGE.digest, identity, log: 'none', timestamp: true, ...form });
}

describe('provenance of a private GitHub repository', () => {
  it('passes with a timestamp alone, by the trust root github', async () => {
    expect(await judge(attest(world))).toMatchObject({ outcome: 'pass', code: 'SATISFIED' });
  });

  it('does not pass by another instance, nor under the default trust root', async () => {
    expect(await judge(attest(createSigstoreWorld({ now: () => NOW })))).toMatchObject({ outcome: 'fail-evidence' });
    expect(await judge(attest(world), 'sigstore')).toMatchObject({ outcome: 'fail-evidence' });
  });

  it("does not pass for what the public instance signed: GitHub's thresholds are GitHub's alone", async () => {
    expect(await judge(attest(publicGood), 'sigstore')).toMatchObject({ outcome: 'fail-evidence' });
    expect(await judge(attest(publicGood))).toMatchObject({ outcome: 'fail-evidence' });
  });

  it('does not pass without its timestamp, or with one from outside of the life of its certificate', async () => {
    const none = await judge(attest(world, { timestamp: false }));
    expect(none.requirements[0]?.evidence).toMatchObject([{ code: 'TIME_UNPROVEN' }]);
    const late = await judge(attest(world, { timestampAt: new Date(NOW.getTime() + 3_600_000) }));
    expect(late).toMatchObject({ outcome: 'fail-evidence' });
    expect(none).toMatchObject({ outcome: 'fail-evidence' });
  });

  it('does not pass for another repository', async () => {
    const verdict = await judge(attest(world, {}, { repository: 'evil/app' }));
    expect(verdict).toMatchObject({ outcome: 'fail-evidence', code: 'SIGNER_NOT_ALLOWED' });
  });
});

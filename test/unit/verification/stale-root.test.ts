import { describe, expect, it } from 'vitest';
import type { Requirement, SignerRule } from '../../../src/domain/policy.ts';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { verifyAndJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, MANIFEST, NOW, policyKey, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
/** What the instance has become since the trust root was last refreshed: other logs and authorities. */
const newer = createSigstoreWorld({ now: () => NOW });
const key = createKeyPair();
const signer = { kind: 'key', key } as const;
const { digest } = IMAGE;

const IN_A_LOG: SignerRule = { kind: 'key', key: policyKey(key, { trust: 'acme', transparencyLog: 'required' }) };
const TIMED: SignerRule = { kind: 'key', key: policyKey(key, { trust: 'acme' }) };
const BY_ANYBODY: SignerRule = {
  kind: 'identity',
  trust: 'acme',
  issuer: { kind: 'exact', text: GITHUB_ISSUER },
  subject: { kind: 'pattern', pattern: '.*' },
};
const MONTH_MS = 30 * 86_400_000;

async function outcomes(bytes: Uint8Array, rule: SignerRule, more: Partial<Requirement> = {}): Promise<string[]> {
  const requirement = { kind: 'signature', name: 'signed', of: [rule], atLeast: 1, ...more } as Requirement;
  const policy = {
    name: 'acme',
    file: 'acme.yaml',
    images: ['registry.test/**'],
    graceMs: 0,
    onFailure: 'quarantine',
    platforms: 'index',
    require: [requirement],
  } as const;
  const inForce = { revision: 'r', policies: [policy], noMatch: 'alert' } as const;
  let root: TrustRoot = rootOf(world);
  // One store for both: it must notice that the same document has grown old.
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map([['acme', root]]) }));
  const judge = async (): Promise<string> => {
    const evidence = { subject: digest, items: [bundleEvidence(bytes)] };
    const image = 'registry.test/acme/app';
    const question = { evidence, manifest: MANIFEST, image, inForce, policies: inForce.policies, now: NOW };
    const { outcome, requirements } = verifyAndJudge(question, await store.materialsFor(inForce.policies)).verdict;
    return `${outcome} ${requirements[0]?.evidence[0]?.code}`;
  };
  const fresh = await judge();
  root = { ...root, stale: 'it was last refreshed from tuf.example.com on 2026-11-20' };
  return [fresh, await judge()];
}

describe('by a trust root that is out of date (D2)', () => {
  it('a certificate of an authority it does not know is left open', async () => {
    const bytes = world.signImageBundle({ digest, identity: newer.mintGithub() });
    expect(await outcomes(bytes, BY_ANYBODY)).toEqual([
      'fail-evidence SIGNER_UNTRUSTED',
      'indeterminate TRUST_ROOT_STALE',
    ]);
  });

  it('a certificate in a certificate log it does not know is left open', async () => {
    const identity = world.mintGithub({}, { ctLog: newer.parts.ctLog });
    const [fresh, stale] = await outcomes(world.signImageBundle({ digest, identity }), BY_ANYBODY);
    expect(fresh).toMatch(/^fail-evidence /);
    expect(stale).toBe('indeterminate TRUST_ROOT_STALE');
  });

  it.each([{ log: 'rekor1' }, { log: 'rekor2' }, { log: 'none', timestamp: true }] as const)(
    'a certificate whose signature has only proofs it does not know is left open: %o',
    async (form) => {
      const bytes = newer.signImageBundle({ digest, identity: world.mintGithub(), ...form });
      const [fresh, stale] = await outcomes(bytes, BY_ANYBODY);
      expect(fresh).toMatch(/^fail-evidence /);
      expect(stale).toBe('indeterminate TRUST_ROOT_STALE');
    },
  );

  it('the entry of a key in a log it does not know is left open', async () => {
    const bytes = newer.signImageBundle({ digest, identity: signer, log: 'rekor1' });
    expect(await outcomes(bytes, IN_A_LOG)).toEqual([
      'fail-evidence LOG_PROOF_INVALID',
      'indeterminate TRUST_ROOT_STALE',
    ]);
  });

  it.each(['timestamp', 'log'] as const)(
    "the time of a key's signature by a %s it does not know is left open",
    async (by) => {
      const form = by === 'log' ? ({ log: 'rekor1' } as const) : { timestamp: true };
      const bytes = newer.signImageBundle({ digest, identity: signer, ...form });
      expect(await outcomes(bytes, TIMED, { maxAgeMs: MONTH_MS })).toEqual([
        'fail-evidence TIME_UNPROVEN',
        'indeterminate TRUST_ROOT_STALE',
      ]);
      // Where no time is asked for, nothing is open.
      expect(await outcomes(bytes, TIMED)).toEqual(['pass SATISFIED', 'pass SATISFIED']);
    },
  );

  it('what fails by every root fails, and what verifies passes', async () => {
    const plain = world.signImageBundle({ digest, identity: signer });
    expect(await outcomes(plain, TIMED, { maxAgeMs: MONTH_MS })).toEqual([
      'fail-evidence TIME_UNPROVEN',
      'fail-evidence TIME_UNPROVEN',
    ]);
    const forged = newer.signImageBundle({ digest, identity: { kind: 'key', key: createKeyPair() }, log: 'rekor1' });
    expect(await outcomes(forged, IN_A_LOG)).toEqual([
      'fail-evidence SIGNATURE_INVALID',
      'fail-evidence SIGNATURE_INVALID',
    ]);
    const logged = world.signImageBundle({ digest, identity: signer, log: 'rekor1' });
    expect(await outcomes(logged, IN_A_LOG, { maxAgeMs: MONTH_MS })).toEqual(['pass SATISFIED', 'pass SATISFIED']);
  });
});

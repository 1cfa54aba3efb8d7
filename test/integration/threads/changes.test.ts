import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicySet } from '../../../src/domain/policy.ts';
import type { TrustRoot, TrustSnapshot } from '../../../src/domain/trust-root.ts';
import { putBundle, putImage } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { lookAt, openRealThreads, policiesWith, type RealThreads } from '../../support/threads/real-threads.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const BOB = createKeyPair();
const BY_ALICE = policiesWith('[{ name: signed, signature: { signer: { key: a.pub } } }]', { 'a.pub': ALICE.pem });
const BY_BOB = policiesWith('[{ name: signed, signature: { signer: { key: a.pub } } }]', { 'a.pub': BOB.pem });
const BY_WORKFLOW = policiesWith(
  `[{ name: built, provenance: { signer: { trust: world, issuer: "${GITHUB_ISSUER}", subject: { pattern: ".*" } } } }]`,
);

let snapshot: TrustSnapshot = { epoch: 1, roots: new Map() };
let threads: RealThreads;

beforeAll(() => {
  threads = openRealThreads(() => snapshot);
});
afterAll(() => threads.stop());

function rootOf(world: SigstoreWorld): TrustRoot {
  return { name: 'world', document: world.trustedRoot, thresholds: { log: 1, sct: 1, time: 1 } };
}

const registry = createMemoryRegistry();
const signed = putImage(registry);
putBundle(registry, signed, WORLD.signImageBundle({ digest: signed.digest, identity: { kind: 'key', key: ALICE } }));
const built = putImage(registry);
putBundle(registry, built, WORLD.attestProvenance({ digest: built.digest, identity: WORLD.mintGithub() }));

async function outcomes(image: typeof signed, policies: PolicySet): Promise<readonly string[]> {
  // Enough at once that every thread is asked.
  const looks = Array.from({ length: 8 }, () => lookAt(registry, image, { judge: threads, policies }));
  const judgements = await Promise.all(looks);
  return [...new Set(judgements.map((one) => (one.kind === 'judged' ? one.verdict.outcome : one.kind)))];
}

describe('threads that live on', () => {
  it('judge by the policies of the moment', async () => {
    expect(await outcomes(signed, BY_ALICE)).toEqual(['pass']);
    expect(await outcomes(signed, BY_BOB)).toEqual(['fail-evidence']);
    expect(await outcomes(signed, BY_ALICE)).toEqual(['pass']);
  });

  it('judge by the trust roots of the moment', async () => {
    snapshot = { epoch: 2, roots: new Map([['world', rootOf(WORLD)]]) };
    expect(await outcomes(built, BY_WORKFLOW)).toEqual(['pass']);
    snapshot = { epoch: 3, roots: new Map([['world', rootOf(createSigstoreWorld())]]) };
    expect(await outcomes(built, BY_WORKFLOW)).toEqual(['fail-evidence']);
    snapshot = { epoch: 4, roots: new Map([['world', rootOf(WORLD)]]) };
    expect(await outcomes(built, BY_WORKFLOW)).toEqual(['pass']);
  });

  it('D2: cannot tell when a trust root has become too old, though its epoch is the same', async () => {
    snapshot = { epoch: 4, roots: new Map(), unavailable: new Map([['world', 'it is too old']]) };
    expect(await outcomes(built, BY_WORKFLOW)).toEqual(['indeterminate']);
    expect(await outcomes(signed, BY_ALICE)).toEqual(['pass']);
    snapshot = { epoch: 4, roots: new Map([['world', rootOf(WORLD)]]) };
    expect(await outcomes(built, BY_WORKFLOW)).toEqual(['pass']);
  });

  it('were never lost over it', () => {
    expect(threads.losses).toEqual([]);
  });
});

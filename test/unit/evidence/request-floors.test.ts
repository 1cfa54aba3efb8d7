import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { putBundle, putCosign, putFallbackIndex, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';

/** Requests of a verdict: the manifest of the image, and its evidence. */
async function count(registry: MemoryRegistry, image: StoredManifest, enough = false): Promise<number> {
  registry.clearRequests();
  await registry.reader.readManifest(REPOSITORY, { digest: image.digest });
  await collectEvidence({
    reader: registry.reader,
    repository: REPOSITORY,
    digest: image.digest,
    ...(enough && { isEnough: ({ items }) => items.length > 0 }),
  });
  return registry.requests.length;
}

describe('G4: requests of a verdict', () => {
  it.each([1, 2, 5])('takes 2 + 2N with %d bundles among the referrers, when they are enough', async (bundles) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < bundles; n++) putBundle(registry, image, `{"bundle":${n}}`);
    expect(await count(registry, image, true)).toBe(2 + 2 * bundles);
  });

  it('takes one more with the fallback tag until it is known that there is no API', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    putFallbackIndex(registry, image.digest, [putBundle(registry, image, '{"bundle":1}')]);
    expect(await count(registry, image, true)).toBe(5);
    expect(await count(registry, image, true)).toBe(4);
  });

  it('takes 4 to prove absence with a referrers API, and 5 without', async () => {
    const withApi = createMemoryRegistry();
    expect(await count(withApi, putImage(withApi))).toBe(4);
    const without = createMemoryRegistry({ referrersApi: false });
    expect(await count(without, putImage(without))).toBe(5);
    expect(await count(without, putImage(without))).toBe(4);
  });

  it('takes 6 where a signature and an attestation are both asked for', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    putCosign(registry, image.digest, 'att', [{ bytes: '{"att":1}' }]);
    expect(await count(registry, image)).toBe(6);
  });

  it('fetches a payload that several people signed once', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const layers = ['alice', 'bob', 'carol'].map((signer) => ({ bytes: '{"sig":1}', annotations: { signer } }));
    putCosign(registry, image.digest, 'sig', layers);
    expect(await count(registry, image)).toBe(5);
  });

  it('proves absence in one round trip: all places are asked at once', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    await count(registry, image);
    expect(registry.mostAtOnce()).toBe(3);
  });

  it('keeps no more than 8 requests under way, however much there is', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 45; n++) putBundle(registry, image, `{"bundle":${n}}`);
    await count(registry, image);
    expect(registry.mostAtOnce()).toBeLessThanOrEqual(10);
  });
});

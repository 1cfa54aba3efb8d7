import { describe, expect, it } from 'vitest';
import type { EvidenceSet } from '../../../src/domain/evidence.ts';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import type { EvidenceRequest, RepositoryElsewhere } from '../../../src/evidence/evidence-look.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { putBundle, putCosign, putFallbackIndex, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';

const FAULT = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
const NEVER = { isEnough: () => false };

function elsewhere(registry: MemoryRegistry, repository: string, ...tagPrefixes: string[]): RepositoryElsewhere {
  return {
    name: `${registry.host}/${repository}`,
    reader: registry.reader,
    repository,
    tagPrefixes: tagPrefixes.length === 0 ? [''] : tagPrefixes,
  };
}

function collect(
  registry: MemoryRegistry,
  image: StoredManifest,
  over: Partial<EvidenceRequest>,
): Promise<EvidenceSet> {
  registry.clearRequests();
  return collectEvidence({ reader: registry.reader, repository: REPOSITORY, digest: image.digest, ...over });
}

const named = ({ items }: EvidenceSet) => items.map(({ place, repository }) => `${place} in ${repository ?? 'own'}`);
const repositoriesAsked = ({ requests }: MemoryRegistry) => [...new Set(requests.map((line) => line.split(' ')[1]))];

describe('evidence in another repository', () => {
  it('is found in every place, and told by the name of the repository', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}', { repository: 'sigs' });
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }], { repository: 'sigs' });
    putCosign(registry, image.digest, 'att', [{ bytes: '{"att":1}' }], { repository: 'sigs' });
    const found = await collect(registry, image, { elsewhere: [elsewhere(registry, 'sigs')] });
    expect(named(found)).toEqual([
      'referrer in registry.example.com/sigs',
      'signature-tag in registry.example.com/sigs',
      'attestation-tag in registry.example.com/sigs',
    ]);
  });

  it('is found under the fallback tag, though the image itself is not there', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const bundle = putBundle(registry, image, '{"bundle":1}', { repository: 'sigs' });
    putFallbackIndex(registry, image.digest, [bundle], 'sigs');
    const found = await collect(registry, image, { elsewhere: [elsewhere(registry, 'sigs')] });
    expect(named(found)).toEqual(['fallback-tag in registry.example.com/sigs']);
  });

  it('is found on another registry, read with the reader of that one', async () => {
    const [registry, other] = [createMemoryRegistry(), createMemoryRegistry({ host: 'sigs.example.com' })];
    const image = putImage(registry);
    putBundle(other, image, '{"bundle":1}', { repository: 'sigs' });
    const found = await collect(registry, image, { elsewhere: [elsewhere(other, 'sigs')] });
    expect(named(found)).toEqual(['referrer in sigs.example.com/sigs']);
    expect(repositoriesAsked(registry)).toEqual([REPOSITORY]);
    expect(repositoriesAsked(other)).toEqual(['sigs']);
  });

  it('lies under tags with a prefix where one was given, and only under those', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }], { repository: 'sigs' });
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":2}' }], { repository: 'sigs', tagPrefix: 'ci-' });
    const found = await collect(registry, image, { elsewhere: [elsewhere(registry, 'sigs', 'ci-')] });
    expect(found.items).toMatchObject([{ bytes: Buffer.from('{"sig":2}') }]);
    const both = await collect(registry, image, { elsewhere: [elsewhere(registry, 'sigs', '', 'ci-')] });
    expect(both.items).toHaveLength(2);
  });

  it("may be the image's own repository under other tags: its referrers are not asked for twice", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'att', [{ bytes: '{"att":1}' }], { tagPrefix: 'ci-' });
    const own = { ...elsewhere(registry, REPOSITORY, 'ci-'), isOwn: true } as const;
    expect((await collect(registry, image, { elsewhere: [own] })).items).toHaveLength(1);
    expect(registry.requests.filter((line) => line.includes('referrers/'))).toHaveLength(1);
  });

  it('is one piece with the same in the own repository, and one for each other repository', async () => {
    const registry = createMemoryRegistry();
    const [image, other] = [putImage(registry), putImage(registry)];
    for (const repository of [REPOSITORY, 'a', 'b']) putBundle(registry, image, '{"bundle":1}', { repository });
    for (const repository of ['a', 'b']) putBundle(registry, other, '{"bundle":2}', { repository });
    const both = [elsewhere(registry, 'a'), elsewhere(registry, 'b')];
    expect(named(await collect(registry, image, { elsewhere: both }))).toEqual(['referrer in own']);
    expect(named(await collect(registry, other, { elsewhere: both }))).toEqual([
      'referrer in registry.example.com/a',
      'referrer in registry.example.com/b',
    ]);
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toHaveLength(1);
  });
});

describe('the order of a look', () => {
  it('does not touch another repository where the own holds enough', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    const isEnough = ({ items }: EvidenceSet) => items.length > 0;
    await collect(registry, image, { isEnough, elsewhere: [elsewhere(registry, 'sigs')] });
    expect(repositoriesAsked(registry)).toEqual([REPOSITORY]);
    expect(registry.requests).toHaveLength(4);
  });

  it('goes through the others one after the other, and ends with the first that is enough', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (const repository of ['b', 'c']) putBundle(registry, image, '{"bundle":1}', { repository });
    const isEnough = ({ items }: EvidenceSet) => items.length > 0;
    const others = ['a', 'b', 'c'].map((repository) => elsewhere(registry, repository));
    await collect(registry, image, { isEnough, elsewhere: others });
    expect(repositoriesAsked(registry)).toEqual([REPOSITORY, 'a', 'b']);
  });

  it('takes three requests more for a repository that holds nothing', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    await collect(registry, image, { ...NEVER, elsewhere: [elsewhere(registry, 'a'), elsewhere(registry, 'b')] });
    expect(registry.requests).toHaveLength(3 + 2 * 3);
  });

  it('never leads into a repository that was not named', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}', { repository: 'strangers' });
    const found = await collect(registry, image, { ...NEVER, elsewhere: [elsewhere(registry, 'sigs')] });
    expect(found.items).toEqual([]);
    expect(repositoriesAsked(registry)).toEqual([REPOSITORY, 'sigs']);
  });
});

describe('silence in another repository is not absence', () => {
  it.each(['sigs referrers/', '.sig', '.att', 'sigs manifests/sha256:', 'blobs/'])('%s', async (line) => {
    const [registry, other] = [createMemoryRegistry(), createMemoryRegistry({ host: 'sigs.example.com' })];
    const image = putImage(registry);
    putBundle(other, image, '{"bundle":1}', { repository: 'sigs' });
    other.failOn(line, FAULT);
    await expect(collect(registry, image, { ...NEVER, elsewhere: [elsewhere(other, 'sigs')] })).rejects.toBe(FAULT);
  });

  it('but does not matter where what was found before it, or after it, is enough', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}', { repository: 'b' });
    registry.failOn('a referrers/', FAULT);
    const isEnough = ({ items }: EvidenceSet) => items.length > 0;
    const others = [elsewhere(registry, 'a'), elsewhere(registry, 'b')];
    expect((await collect(registry, image, { isEnough, elsewhere: others })).items).toHaveLength(1);
  });
});

describe('the limits count over all repositories', () => {
  const spam = (registry: MemoryRegistry, image: StoredManifest, count: number, repository: string) => {
    for (let n = 0; n < count; n++) putBundle(registry, image, `{"${repository}":${n}}`, { repository });
  };

  it('time and bytes together', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (const repository of [REPOSITORY, 'a', 'b']) spam(registry, image, 60, repository);
    const others = [elsewhere(registry, 'a'), elsewhere(registry, 'b')];
    const found = await collect(registry, image, { ...NEVER, elsewhere: others, limits: { totalBytes: 60_000 } });
    expect(found.items.length).toBeLessThan(180);
    expect(found.cutShort).toContain('more than 60000 bytes');
  });

  it('L3: what fills the own repository leaves room for the good one in another, and for the last of several', async () => {
    for (const at of ['a', 'b']) {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      for (const repository of [REPOSITORY, 'a', 'b'].filter((one) => one !== at)) {
        spam(registry, image, 150, repository);
      }
      putBundle(registry, image, '{"good":1}', { repository: at });
      const isEnough = ({ items }: EvidenceSet) => items.some((item) => item.repository?.endsWith(`/${at}`) === true);
      const others = [elsewhere(registry, 'a'), elsewhere(registry, 'b')];
      const found = await collect(registry, image, { isEnough, elsewhere: others });
      expect(isEnough(found)).toBe(true);
    }
  });

  it('L3: large bundles in the own repository leave bytes for the good one in another', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 20; n++) putBundle(registry, image, Buffer.alloc(1024 * 1024, `${n} `));
    putBundle(registry, image, '{"good":1}', { repository: 'sigs' });
    const isEnough = ({ items }: EvidenceSet) => items.some(({ repository }) => repository !== undefined);
    const found = await collect(registry, image, { isEnough, elsewhere: [elsewhere(registry, 'sigs')] });
    expect(isEnough(found)).toBe(true);
  });

  it('one piece that is over its limit says in which repository it lies', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, 'x'.repeat(2000), { repository: 'sigs' });
    const limits = { itemBytes: 1000 };
    const { items } = await collect(registry, image, { ...NEVER, limits, elsewhere: [elsewhere(registry, 'sigs')] });
    expect(items).toMatchObject([
      { kind: 'refused', code: 'EVIDENCE_OVER_LIMIT', repository: 'registry.example.com/sigs' },
    ]);
  });
});

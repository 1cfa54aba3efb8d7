import { describe, expect, it } from 'vitest';
import type { EvidenceSet } from '../../../src/domain/evidence.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { EVIDENCE_LIMITS, type EvidenceLimits } from '../../../src/evidence/evidence-limits.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import {
  putArtifact,
  putBundle,
  putCosign,
  putFallbackIndex,
  putImage,
  REPOSITORY,
} from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { BUNDLE_V03, fallbackTag } from '../../support/push-image.ts';

const TOO_LARGE = new FaultError('REGISTRY_RESPONSE_TOO_LARGE', 'more than 4 MiB', { retryable: false });

function collect(
  registry: MemoryRegistry,
  image: StoredManifest,
  limits?: Partial<EvidenceLimits>,
  isEnough?: (found: EvidenceSet) => boolean,
) {
  return collectEvidence({
    reader: registry.reader,
    repository: REPOSITORY,
    digest: image.digest,
    ...(limits && { limits }),
    ...(isEnough && { isEnough }),
  });
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('C9: spam among the referrers', () => {
  function spammed(options: { good: 'first' | 'last'; spamType?: string; api: boolean; spam?: number }) {
    const registry = createMemoryRegistry({ referrersApi: options.api, listingLimit: 20_000 });
    const image = putImage(registry);
    const artifactType = options.spamType ?? 'application/vnd.example.spam';
    const layers = [{ bytes: '{}', mediaType: 'text/plain' }];
    const spam = () =>
      Array.from({ length: options.spam ?? 10_000 }, (_, n) => ({
        ...putArtifact(registry, { artifactType, layers, subject: image, annotations: { n: String(n) } }),
        artifactType,
      }));
    const good = () => ({ ...putBundle(registry, image, '{"good":1}'), artifactType: BUNDLE_V03 });
    const listed = options.good === 'first' ? [good(), ...spam()] : [...spam(), good()];
    if (!options.api) putFallbackIndex(registry, image.digest, listed);
    registry.clearRequests();
    return { registry, image };
  }

  it.each([
    { good: 'first', api: true },
    { good: 'last', api: true },
  ] as const)('finds the good one of 10,001 by what the list says, and ends with it (%j)', async (given) => {
    const { registry, image } = spammed(given);
    const { items } = await collect(registry, image, {}, (found) => found.items.length > 0);
    expect(items.map((item) => 'bytes' in item && text(item.bytes))).toEqual(['{"good":1}']);
    expect(registry.requests).toHaveLength(3);
    const first = registry.requests.findIndex((line) => line.includes('manifests/sha256:'));
    const { digest } = putBundle(registry, image, '{"good":1}');
    expect(registry.requests[first]).toContain(digest);
  });

  it('finds the good one by the fallback tag, behind 1,000 others', async () => {
    const { registry, image } = spammed({ good: 'last', api: false, spam: 1_000 });
    const { items, cutShort } = await collect(registry, image);
    expect(items.map((item) => 'bytes' in item && text(item.bytes))).toEqual(['{"good":1}']);
    expect(cutShort).toBeUndefined();
  });

  it.each(['oldest', 'newest'] as const)(
    'finds the good one that is the %s of 5,000 that say they are the same, in the first few requests',
    async (which) => {
      const registry = createMemoryRegistry({ listingLimit: 20_000 });
      const image = putImage(registry);
      const created = (year: number) => ({
        'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
        'org.opencontainers.image.created': `${year}-01-01T00:00:00Z`,
      });
      for (let n = 0; n < 2_500; n++) putBundle(registry, image, `{"n":${n}}`, { annotations: created(2025) });
      const annotations = created(which === 'oldest' ? 2020 : 2026);
      putBundle(registry, image, '{"good":1}', { annotations });
      for (let n = 0; n < 2_500; n++) putBundle(registry, image, `{"m":${n}}`, { annotations: created(2025) });
      registry.clearRequests();
      const isGood = ({ items }: EvidenceSet) =>
        items.some((item) => 'bytes' in item && text(item.bytes) === '{"good":1}');
      expect((await collect(registry, image, {}, isGood)).cutShort).toBeUndefined();
      expect(registry.requests.length).toBeLessThanOrEqual(1 + 2 * 16);
    },
  );

  it('says that the look was cut short when the list under the fallback tag is too long', async () => {
    const { registry, image } = spammed({ good: 'last', api: false, spam: 20_000 });
    expect(await collect(registry, image)).toMatchObject({ cutShort: expect.stringContaining('100000 values') });
    registry.failOn(fallbackTag(image.digest), TOO_LARGE);
    expect(await collect(registry, image)).toMatchObject({ cutShort: expect.any(String) });
  });

  it('P2: a broken list under the fallback tag is a finding: whoever may push has written it', async () => {
    const { registry, image } = spammed({ good: 'last', api: false, spam: 1 });
    const broken = Buffer.from('{"manifests":[],"manifests":[]}');
    const { digest } = registry.putManifest(REPOSITORY, broken, OCI_INDEX, fallbackTag(image.digest));
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'refused', code: 'EVIDENCE_MALFORMED', digest, place: 'fallback-tag' },
    ]);
  });

  it.each(['.sig', '.att'])('says so when spam makes what lies under %s too long to read', async (suffix) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const tag = `${fallbackTag(image.digest)}${suffix}`;
    const layers = Array.from({ length: 60_000 }, (_, n) => ({ n }));
    registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_MANIFEST, layers }, OCI_MANIFEST, tag);
    expect(await collect(registry, image)).toMatchObject({ items: [], cutShort: expect.stringContaining(suffix) });
    registry.failOn(tag, TOO_LARGE);
    expect(await collect(registry, image)).toMatchObject({ items: [], cutShort: expect.stringContaining(suffix) });
  });

  it("leaves enough to read a signature under cosign's tag, however much lies among the referrers", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 20; n++) putBundle(registry, image, `{"n":${n},"x":"${'x'.repeat(1_000_000)}"}`);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    const found = await collect(registry, image, {}, ({ items }) =>
      items.some((item) => item.kind === 'cosign-signature'),
    );
    expect(found.items.map(({ kind }) => kind)).toContain('cosign-signature');
  });

  it('never reads as absence when there is more that is asked for than time to read it, and says of what', async () => {
    const { registry, image } = spammed({ good: 'last', spamType: BUNDLE_V03, api: true, spam: 1_000 });
    let time = 0;
    const found = await collectEvidence({
      reader: registry.reader,
      repository: REPOSITORY,
      digest: image.digest,
      limits: { askedMs: 1_000 },
      now: () => (time += 100),
    });
    expect(found.cutShort).toMatch(
      /^there are \d+ more pieces than can be read within 1 s, most of them evidence that does not say of what kind it is$/,
    );
  });

  it('is a registry too slow to tell, not spam, where time runs out over little', async () => {
    const { registry, image } = spammed({ good: 'last', spamType: BUNDLE_V03, api: true, spam: 100 });
    let time = 0;
    const slow = collectEvidence({
      reader: registry.reader,
      repository: REPOSITORY,
      digest: image.digest,
      limits: { askedMs: 1_000 },
      now: () => (time += 600),
    });
    await expect(slow).rejects.toMatchObject({ code: 'REGISTRY_TIMEOUT', retryable: true });
  });

  it('does not cut the look short where it says that it is something nobody asks for', async () => {
    const { registry, image } = spammed({ good: 'first', api: true, spam: 1_000 });
    let time = 0;
    const found = await collectEvidence({
      reader: registry.reader,
      repository: REPOSITORY,
      digest: image.digest,
      limits: { otherMs: 1_000 },
      now: () => (time += 100),
    });
    expect(found.cutShort).toBeUndefined();
    expect(found.items).toMatchObject([
      { kind: 'bundle' },
      {
        kind: 'refused',
        announced: { kind: 'artifact' },
        why: expect.stringMatching(
          /^of artifacts of type application\/vnd.example.spam on this image, \d+ were not read$/,
        ),
      },
    ]);
  });

  it('passes on that the registry cut its listing short', async () => {
    const registry = createMemoryRegistry({ listingLimit: 2 });
    const image = putImage(registry);
    for (let n = 0; n < 3; n++) putBundle(registry, image, `{"bundle":${n}}`);
    expect((await collect(registry, image)).cutShort).toBe('more than 2 artifacts refer to it');
  });

  it('looks at the newest of equal candidates first, then at the oldest', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 1; n <= 9; n++) {
      const annotations = {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'org.opencontainers.image.created': `2026-11-0${n}T00:00:00Z`,
      };
      putBundle(registry, image, `{"day":${n}}`, { annotations });
    }
    const { items } = await collect(registry, image, { concurrency: 1 });
    const days = items.map((item) => 'bytes' in item && text(item.bytes));
    expect(days.slice(0, 4)).toEqual(['{"day":9}', '{"day":1}', '{"day":8}', '{"day":2}']);
    expect(days).toHaveLength(9);
  });

  it("lets the places take turns, so that bundles cannot crowd out a signature under cosign's tag", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 200; n++) putBundle(registry, image, `{"bundle":${n}}`);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"good":1}' }]);
    registry.clearRequests();
    const isGood = ({ items }: EvidenceSet) => items.some(({ place }) => place === 'signature-tag');
    expect(isGood(await collect(registry, image, {}, isGood))).toBe(true);
    expect(registry.requests.length).toBeLessThanOrEqual(3 + 2 * 32);
  });

  it('takes the same bundle attached many times for one', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 60; n++) putBundle(registry, image, '{"same":1}', { annotations: { n: String(n) } });
    expect((await collect(registry, image)).items).toHaveLength(1);
  });
});

describe('limits of evidence', () => {
  it.each([
    { size: 'at the limit', bytes: 1_000, kind: 'bundle' },
    { size: 'one byte over it', bytes: 1_001, kind: 'refused' },
    { size: 'ten times over it', bytes: 10_000, kind: 'refused' },
  ])('L3: a bundle $size is $kind', async ({ bytes, kind }) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, 'x'.repeat(bytes));
    const { items, cutShort } = await collect(registry, image, { itemBytes: 1_000 });
    expect(items).toMatchObject([{ kind }]);
    expect(cutShort).toBeUndefined();
    expect(registry.requests.some((line) => line.includes('blobs/'))).toBe(kind === 'bundle');
  });

  it('L3: a bundle over the limit is a finding, and the others still count', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, 'x'.repeat(EVIDENCE_LIMITS.itemBytes + 1));
    putBundle(registry, image, '{"good":1}');
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'bundle' },
      { kind: 'refused', code: 'EVIDENCE_OVER_LIMIT', why: expect.stringContaining('16777217 bytes') },
    ]);
  });

  it('L3: all evidence of an image together is bounded, and more than that cuts the look short', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 5; n++) putBundle(registry, image, `{"n":${n},"x":"${'x'.repeat(1_000)}"}`);
    const { items, cutShort } = await collect(registry, image, { totalBytes: 5_500 });
    expect(items.length).toBeGreaterThan(0);
    expect(items.length).toBeLessThan(5);
    expect(cutShort).toContain('5500 bytes');
  });

  it.each(['sig', 'att'] as const)('L7: counts no pieces: 500 under the tag .%s are all read', async (kind) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const many = Array.from({ length: 500 }, (_, n) => ({ bytes: `{"n":${n}}` }));
    putCosign(registry, image.digest, kind, many);
    const { items, cutShort } = await collect(registry, image);
    expect(items).toHaveLength(500);
    expect(cutShort).toBeUndefined();
    const read = items.slice(0, 4).map((item) => ('bytes' in item ? text(item.bytes) : ''));
    // cosign adds behind: the newest is the last.
    expect(read).toEqual(['{"n":499}', '{"n":0}', '{"n":498}', '{"n":1}']);
  });

  it('does not fetch a manifest that is listed as larger than any registry takes', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const huge = { ...putBundle(registry, image, '{}'), size: 4 * 1024 * 1024 + 1 };
    putFallbackIndex(registry, image.digest, [huge]);
    const { items } = await collect(registry, image);
    expect(items).toMatchObject([{ kind: 'refused', digest: huge.digest, code: 'EVIDENCE_OVER_LIMIT' }]);
    expect(registry.requests.some((line) => line.includes(huge.digest))).toBe(false);
  });

  it('B10: a referrer whose manifest cannot be read is a finding, for whoever pushed it is to blame', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const nested = Buffer.from(`{"layers":[],"x":${'['.repeat(40)}${']'.repeat(40)}}`);
    const [deep, twice] = [nested, Buffer.from('{"layers":[],"layers":[]}')].map((bytes) =>
      registry.putManifest(REPOSITORY, bytes, OCI_MANIFEST),
    );
    const listed = [deep, twice].flatMap((broken) => broken ?? []);
    putFallbackIndex(registry, image.digest, [...listed, putBundle(registry, image, '{"good":1}')]);
    const { items } = await collect(registry, image);
    expect(items).toHaveLength(3);
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'bundle' }),
        expect.objectContaining({ digest: deep?.digest, code: 'EVIDENCE_OVER_LIMIT' }),
        expect.objectContaining({ digest: twice?.digest, code: 'EVIDENCE_MALFORMED' }),
      ]),
    );
  });

  it('B5: a referrer whose manifest is larger than it is listed, and than any may be, is a finding', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const { digest } = putBundle(registry, image, '{}');
    registry.failOn(digest, TOO_LARGE);
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'refused', digest, code: 'EVIDENCE_OVER_LIMIT' },
    ]);
  });

  it.each(['', '.sig', '.att'])(
    'B8: a page of a proxy under the tag "%s" is no answer, and no evidence',
    async (suffix) => {
      const registry = createMemoryRegistry({ referrersApi: false });
      const image = putImage(registry);
      const page = Buffer.from('<html>We will be back soon.</html>');
      registry.putManifest(REPOSITORY, page, 'text/html; charset=utf-8', `${fallbackTag(image.digest)}${suffix}`);
      await expect(collect(registry, image)).rejects.toMatchObject({
        code: 'REGISTRY_RESPONSE_INVALID',
        message: expect.stringContaining('text/html'),
      });
    },
  );

  it.each([
    ['the tag of signatures', '.sig', 'signature-tag'],
    ['the tag of attestations', '.att', 'attestation-tag'],
  ])('B10: what cannot be read under %s is a finding, not absence', async (_, suffix, place) => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const tag = `${fallbackTag(image.digest)}${suffix}`;
    registry.putManifest(REPOSITORY, Buffer.from('{"layers":[],"layers":[]}'), OCI_MANIFEST, tag);
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'refused', place, code: 'EVIDENCE_MALFORMED', why: expect.stringContaining('each name once') },
    ]);
  });

  it('B5: a blob larger than its manifest says is read up to the limit, and counts if it is within', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '', { layers: [{ bytes: '{"good":1}', mediaType: BUNDLE_V03, size: 2 }] });
    expect((await collect(registry, image)).items).toMatchObject([{ kind: 'bundle' }]);
  });

  it('B5: a blob over the limit that its manifest calls small is a finding: it must not keep us from judging', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '', { layers: [{ bytes: 'x'.repeat(5_000), mediaType: BUNDLE_V03, size: 2 }] });
    expect((await collect(registry, image, { itemBytes: 1_000 })).items).toMatchObject([
      { kind: 'refused', code: 'EVIDENCE_OVER_LIMIT', why: 'it is larger than its manifest says' },
    ]);
  });

  it.each([1, 2 * 1024 * 1024])(
    'B5: a manifest that lists a good blob as one of %i bytes does not take the place of the good one',
    async (size) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      const newest = { 'org.opencontainers.image.created': '2030-01-01T00:00:00Z' };
      const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope', ...newest };
      putBundle(registry, image, '', { layers: [{ bytes: '{"good":1}', mediaType: BUNDLE_V03, size }], annotations });
      putBundle(registry, image, '{"good":1}');
      const { items } = await collect(registry, image);
      expect(items[0]).toMatchObject({ kind: 'bundle', bytes: Buffer.from('{"good":1}') });
      expect(registry.requests.filter((line) => line.includes('blobs/'))).toHaveLength(1);
    },
  );

  it('L3: what could not be fetched for lack of bytes cuts the look short, and is no invalid evidence', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 5; n++) {
      const bytes = `{"n":${n},"x":"${'x'.repeat(900)}"}`;
      putBundle(registry, image, '', { layers: [{ bytes, mediaType: BUNDLE_V03, size: 1 }] });
    }
    const { items, cutShort } = await collect(registry, image, { itemBytes: 1_000, totalBytes: 6_000 });
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['bundle']));
    expect(cutShort).toContain('6000 bytes');
  });

  it('B3: an address in a descriptor is nothing we know of', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const manifest = {
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', ...registry.putBlob('{}') },
      layers: [{ mediaType: BUNDLE_V03, ...registry.putBlob('{"b":1}'), urls: ['http://169.254.169.254/'] }],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
    };
    registry.putManifest(REPOSITORY, manifest, 'application/vnd.oci.image.manifest.v1+json');
    const { items } = await collect(registry, image);
    expect(JSON.stringify(items)).not.toContain('169.254');
    expect(items).toMatchObject([{ kind: 'bundle' }]);
  });
});

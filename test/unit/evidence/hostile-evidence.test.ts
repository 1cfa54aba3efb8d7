import { describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/domain/errors.ts';
import type { EvidenceSet } from '../../../src/domain/evidence.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { EVIDENCE_LIMITS, type EvidenceLimits } from '../../../src/evidence/evidence-limits.ts';
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
  ] as const)(
    'finds the good one of 10,001 by what the list says, and says the look was cut short (%j)',
    async (given) => {
      const { registry, image } = spammed(given);
      const { items, cutShort } = await collect(registry, image);
      expect(items.map((item) => 'bytes' in item && text(item.bytes))).toEqual(['{"good":1}']);
      expect(cutShort).toContain('10001');
      expect(registry.requests.length).toBeLessThanOrEqual(3 + EVIDENCE_LIMITS.referrerManifests + 2);
      const first = registry.requests.findIndex((line) => line.includes('manifests/sha256:'));
      const { digest } = putBundle(registry, image, '{"good":1}');
      expect(registry.requests[first]).toContain(digest);
    },
  );

  it('finds the good one by the fallback tag, behind 1,000 others', async () => {
    const { registry, image } = spammed({ good: 'last', api: false, spam: 1_000 });
    const { items, cutShort } = await collect(registry, image);
    expect(items.map((item) => 'bytes' in item && text(item.bytes))).toEqual(['{"good":1}']);
    expect(cutShort).toContain('1001');
  });

  it('says that the look was cut short when the list under the fallback tag is too long', async () => {
    const { registry, image } = spammed({ good: 'last', api: false });
    expect(await collect(registry, image)).toMatchObject({ cutShort: expect.stringContaining('20000 values') });
    registry.failOn(fallbackTag(image.digest), TOO_LARGE);
    expect(await collect(registry, image)).toMatchObject({ cutShort: expect.any(String) });
  });

  it('B4: could not tell when the list under the fallback tag is broken: it hides what there is', async () => {
    const { registry, image } = spammed({ good: 'last', api: false, spam: 1 });
    const broken = Buffer.from('{"manifests":[],"manifests":[]}');
    registry.putManifest(REPOSITORY, broken, OCI_INDEX, fallbackTag(image.digest));
    await expect(collect(registry, image)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });

  it.each(['.sig', '.att'])('says so when spam makes what lies under %s too long to read', async (suffix) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const tag = `${fallbackTag(image.digest)}${suffix}`;
    const layers = Array.from({ length: 20_000 }, (_, n) => ({ n }));
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

  it('never reads as absence when the spam says it holds bundles', async () => {
    const { registry, image } = spammed({ good: 'last', spamType: BUNDLE_V03, api: true });
    expect((await collect(registry, image)).cutShort).toBeDefined();
  });

  it('passes on that the registry cut its listing short', async () => {
    const registry = createMemoryRegistry({ listingLimit: 2 });
    const image = putImage(registry);
    for (let n = 0; n < 3; n++) putBundle(registry, image, `{"bundle":${n}}`);
    expect((await collect(registry, image)).cutShort).toBe('more than 2 artifacts refer to it');
  });

  it('looks at the newest of equal candidates first', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 1; n <= 9; n++) {
      const annotations = {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'org.opencontainers.image.created': `2026-11-0${n}T00:00:00Z`,
      };
      putBundle(registry, image, `{"day":${n}}`, { annotations });
    }
    const { items, cutShort } = await collect(registry, image, { referrerManifests: 2 });
    expect(items.map((item) => 'bytes' in item && text(item.bytes))).toEqual(['{"day":9}', '{"day":8}']);
    expect(cutShort).toBeDefined();
  });

  it('L7: fetches no more manifests once it has as many pieces as are looked at', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 20; n++) putBundle(registry, image, `{"bundle":${n}}`);
    const { items, cutShort } = await collect(registry, image, { items: 2, concurrency: 1 });
    expect(items).toHaveLength(2);
    expect(cutShort).toContain('2 pieces');
    expect(registry.requests.filter((line) => line.includes('manifests/sha256:'))).toHaveLength(2);
  });

  it("lets the places take turns, so that bundles cannot crowd out a signature under cosign's tag", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 60; n++) putBundle(registry, image, `{"bundle":${n}}`);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"good":1}' }]);
    const { items, cutShort } = await collect(registry, image);
    expect(items).toHaveLength(EVIDENCE_LIMITS.items);
    expect(items.some(({ place }) => place === 'signature-tag')).toBe(true);
    expect(cutShort).toContain('50 pieces');
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
      { kind: 'refused', code: 'EVIDENCE_OVER_LIMIT', why: expect.stringContaining('1048577 bytes') },
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

  it.each([
    { layers: 50, cut: false },
    { layers: 51, cut: true },
    { layers: 500, cut: true },
  ])('L7: $layers signatures under one tag: cut short is $cut', async ({ layers, cut }) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const many = Array.from({ length: layers }, (_, n) => ({ bytes: `{"n":${n}}` }));
    putCosign(registry, image.digest, 'sig', many);
    const { items, cutShort } = await collect(registry, image);
    expect(items).toHaveLength(50);
    expect(cutShort !== undefined).toBe(cut);
  });

  it.each(['sig', 'att'] as const)(
    'L7: of too many under the tag .%s the newest are looked at, which is the last',
    async (kind) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      const many = Array.from({ length: 60 }, (_, n) => ({ bytes: `{"n":${n}}` }));
      putCosign(registry, image.digest, kind, many);
      const { items } = await collect(registry, image);
      const read = items.map((item) => ('bytes' in item ? text(item.bytes) : ''));
      expect(read).toEqual(Array.from({ length: 50 }, (_, n) => `{"n":${59 - n}}`));
    },
  );

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

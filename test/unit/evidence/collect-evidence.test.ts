import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { OCI_EMPTY } from '../../../src/domain/manifest.ts';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import type { EvidenceRequest, Gap } from '../../../src/evidence/evidence-look.ts';
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
import { BUNDLE_V03, DSSE_ENVELOPE, SIMPLE_SIGNING } from '../../support/push-image.ts';

const COSIGN_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';

function collect(registry: MemoryRegistry, image: StoredManifest, over: Partial<EvidenceRequest> = {}) {
  return collectEvidence({ reader: registry.reader, repository: REPOSITORY, digest: image.digest, ...over });
}

describe('a signature of Notation', () => {
  const type = 'application/vnd.cncf.notary.signature';
  const signature = [{ bytes: '{"payload":""}', mediaType: 'application/jose+json' }];

  it.each([
    ['by its artifact type', { artifactType: type }],
    ['by its config, as older clients write it', { config: { bytes: '{}', mediaType: type } }],
  ])('is named, %s, and nothing of it is fetched', async (_, over) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const { digest } = putArtifact(registry, { layers: signature, subject: image, ...over });
    const { items } = await collect(registry, image);
    expect(items).toEqual([
      {
        kind: 'refused',
        digest,
        place: 'referrer',
        announced: { kind: 'artifact', artifactType: type },
        code: 'EVIDENCE_UNSUPPORTED',
        why: expect.stringContaining('Notation'),
      },
    ]);
  });

  it('is none of another image, whatever a list says', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const [image, other] = [putImage(registry), putImage(registry)];
    const stray = putArtifact(registry, { layers: signature, subject: other, artifactType: type });
    putFallbackIndex(registry, image.digest, [{ ...stray, artifactType: type }]);
    expect((await collect(registry, image)).items).toEqual([]);
  });

  it('does not hide a bundle that calls itself so in a list', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    putFallbackIndex(registry, image.digest, [{ ...putBundle(registry, image, '{"bundle":1}'), artifactType: type }]);
    expect((await collect(registry, image)).items).toMatchObject([{ kind: 'bundle' }]);
    const misnamed = putBundle(registry, image, '{"bundle":2}', { artifactType: type });
    putFallbackIndex(registry, image.digest, [misnamed]);
    expect((await collect(registry, image)).items).toMatchObject([{ kind: 'bundle' }]);
  });
});

describe('places', () => {
  it('finds a bundle among the referrers', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}');
    expect(await collect(registry, image)).toEqual({
      subject: image.digest,
      items: [
        {
          kind: 'bundle',
          place: 'referrer',
          digest: digestOf(Buffer.from('{"bundle":1}')),
          bytes: Buffer.from('{"bundle":1}'),
        },
      ],
    });
  });

  it('finds a bundle by the fallback tag where there is no referrers API', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    putFallbackIndex(registry, image.digest, [putBundle(registry, image, '{"bundle":1}')]);
    expect((await collect(registry, image)).items).toMatchObject([{ kind: 'bundle', place: 'fallback-tag' }]);
  });

  it("finds a bundle that cosign's own fallback index lists as an empty config", async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const referrer = { ...putBundle(registry, image, '{"bundle":1}'), artifactType: OCI_EMPTY };
    putFallbackIndex(registry, image.digest, [referrer]);
    expect((await collect(registry, image)).items).toHaveLength(1);
  });

  it.each(['0.1', '0.2', '0.3'])(
    'knows a bundle by its layer, whatever the artifact is called (version %s)',
    async (version) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      const mediaType = `application/vnd.dev.sigstore.bundle+json;version=${version}`;
      putBundle(registry, image, '{}', { artifactType: 'text/plain', layers: [{ bytes: '{}', mediaType }] });
      expect((await collect(registry, image)).items).toMatchObject([{ kind: 'bundle' }]);
    },
  );

  it("finds the signatures under cosign's tag, each with the annotations of its layer", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [
      { bytes: '{"payload":1}', annotations: { 'dev.cosignproject.cosign/signature': 'by alice' } },
      { bytes: '{"payload":1}', annotations: { 'dev.cosignproject.cosign/signature': 'by bob' } },
    ]);
    const { items } = await collect(registry, image);
    expect(items).toMatchObject([
      {
        kind: 'cosign-signature',
        place: 'signature-tag',
        annotations: { 'dev.cosignproject.cosign/signature': 'by bob' },
      },
      {
        kind: 'cosign-signature',
        place: 'signature-tag',
        annotations: { 'dev.cosignproject.cosign/signature': 'by alice' },
      },
    ]);
  });

  it("finds the attestations under cosign's tag", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'att', [{ bytes: '{"payloadType":"x"}', annotations: { predicateType: 'y' } }]);
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'cosign-attestation', place: 'attestation-tag', annotations: { predicateType: 'y' } },
    ]);
  });

  it.each([
    ['as the type of the config', { config: { mediaType: COSIGN_ARTIFACT, bytes: '{}' } }],
    ['as the artifact type', { artifactType: COSIGN_ARTIFACT }],
  ])("finds every layer of cosign's experimental referrer, named %s", async (_, naming) => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const layers = [
      { bytes: '{"first":1}', mediaType: SIMPLE_SIGNING },
      { bytes: '{"second":2}', mediaType: SIMPLE_SIGNING },
    ];
    putArtifact(registry, { layers, subject: image, ...naming });
    expect((await collect(registry, image)).items).toMatchObject([
      { kind: 'cosign-signature', place: 'legacy-referrer' },
      { kind: 'cosign-signature', place: 'legacy-referrer' },
    ]);
  });

  it('reads all places: a bundle never hides what lies under the tags of cosign', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}');
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    putCosign(registry, image.digest, 'att', [{ bytes: '{"att":1}' }]);
    const { items } = await collect(registry, image);
    expect(items.map(({ place }) => place).toSorted()).toEqual(['attestation-tag', 'referrer', 'signature-tag']);
  });
});

describe('what is no evidence', () => {
  it('ignores referrers without a bundle, an unsigned in-toto document among them', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (const mediaType of ['application/spdx+json', 'application/vnd.in-toto+json', DSSE_ENVELOPE, SIMPLE_SIGNING]) {
      putArtifact(registry, { artifactType: mediaType, layers: [{ bytes: '{}', mediaType }], subject: image });
    }
    expect(await collect(registry, image)).toEqual({ subject: image.digest, items: [] });
  });

  it.each(['another image', 'no image'])('ignores a manifest in the fallback index that refers to %s', async (what) => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const layers = [{ bytes: '{}', mediaType: BUNDLE_V03 }];
    const foreign = putArtifact(registry, { layers, ...(what === 'another image' && { subject: putImage(registry) }) });
    putFallbackIndex(registry, image.digest, [foreign]);
    expect((await collect(registry, image)).items).toEqual([]);
  });

  it("ignores an image that lies under cosign's tag, and one under the fallback tag", async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const hex = image.digest.slice('sha256:'.length);
    for (const tag of [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`]) putImage(registry, { tag });
    expect((await collect(registry, image)).items).toEqual([]);
  });

  it('asks for no tag that would be too long, for an image with a sha512 digest', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const digest = `sha512:${'0a'.repeat(64)}` as StoredManifest['digest'];
    await collectEvidence({ reader: registry.reader, repository: REPOSITORY, digest });
    expect(registry.requests).toEqual([
      `GET ${REPOSITORY} referrers/${digest}`,
      `GET ${REPOSITORY} manifests/sha512-${'0a'.repeat(32)}`,
    ]);
  });
});

describe('silence is not absence', () => {
  const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });

  it.each(['referrers/', 'manifests/sha256-', '.sig', '.att', 'blobs/', 'manifests/sha256:'])(
    'fails when the registry does not answer for %s',
    async (line) => {
      const registry = createMemoryRegistry({ referrersApi: line !== 'manifests/sha256-' });
      const image = putImage(registry);
      putBundle(registry, image, '{"bundle":1}');
      registry.failOn(line, fault);
      await expect(collect(registry, image)).rejects.toBe(fault);
    },
  );

  it('stops asking after the first fault', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    for (let n = 0; n < 40; n++) putBundle(registry, image, `{"bundle":${n}}`);
    registry.failOn('manifests/sha256:', fault);
    await expect(collect(registry, image)).rejects.toBe(fault);
    expect(registry.requests.length).toBeLessThan(15);
  });

  it('ends when it is stopped', async () => {
    const registry = createMemoryRegistry();
    const stop = new AbortController();
    stop.abort(new Error('stopping'));
    await expect(collect(registry, putImage(registry), { signal: stop.signal })).rejects.toThrow('stopping');
  });
});

describe('P2: what the registry names and does not have', () => {
  function gapsIn(registry: ReturnType<typeof createMemoryRegistry>, image: StoredManifest) {
    const gaps: Gap[] = [];
    const collected = collect(registry, image, { onGap: (gap) => gaps.push(gap) });
    return collected.then(({ items }) => ({ items, gaps }));
  }

  it('is a finding where a list names a manifest that is not there', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const [lost, good] = [1, 2].map((n) => putBundle(registry, image, `{"bundle":${n}}`));
    if (lost === undefined || good === undefined) expect.fail('two were pushed');
    putFallbackIndex(registry, image.digest, [lost, good]);
    registry.removeManifest(lost.digest);
    const { items, gaps } = await gapsIn(registry, image);
    expect(items).toMatchObject([
      { kind: 'bundle' },
      { kind: 'refused', code: 'EVIDENCE_ABSENT', digest: lost.digest, place: 'fallback-tag' },
    ]);
    expect(gaps).toEqual([{ digest: lost.digest }]);
  });

  it.each(['referrer', 'signature-tag'])(
    'is a finding where a manifest names a blob that is not there: %s',
    async (place) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      const text = '{"signed":1}';
      if (place === 'referrer') putBundle(registry, image, text);
      else putCosign(registry, image.digest, 'sig', [{ bytes: text }]);
      const digest = digestOf(Buffer.from(text));
      registry.removeBlob(digest);
      const { items, gaps } = await gapsIn(registry, image);
      expect(items).toMatchObject([{ kind: 'refused', code: 'EVIDENCE_ABSENT', digest, place }]);
      expect(gaps).toMatchObject([{ digest, layer: { digest, place } }]);
    },
  );

  it('does not hide the same blob in another repository, where it is', async () => {
    const [registry, other] = [createMemoryRegistry(), createMemoryRegistry()];
    const image = putImage(registry);
    const decoy = putBundle(registry, image, '{"good":1}', {
      layers: [{ bytes: '{"good":1}', mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', size: 1_000 }],
    });
    putBundle(other, image, '{"good":1}');
    registry.removeBlob(digestOf(Buffer.from('{"good":1}')));
    const elsewhere = [
      { name: 'other.test/signatures', reader: other.reader, repository: REPOSITORY, tagPrefixes: [] },
    ];
    const { items } = await collect(registry, image, { elsewhere });
    expect(items, `beside ${decoy.digest}`).toMatchObject([
      { kind: 'bundle', repository: 'other.test/signatures' },
      { kind: 'refused', code: 'EVIDENCE_ABSENT' },
    ]);
  });
});

describe('when something found is enough', () => {
  it('does not look further', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}');
    const { items } = await collect(registry, image, { isEnough: (found) => found.items.length === 1 });
    expect(items).toHaveLength(1);
    expect(registry.requests.some((line) => line.endsWith('.sig') || line.endsWith('.att'))).toBe(false);
  });

  it('does not fail because of a place that does not answer: more evidence never lowers a pass', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const lost = putBundle(registry, image, '{"lost":1}');
    putFallbackIndex(registry, image.digest, [lost, putBundle(registry, image, '{"good":1}')]);
    registry.failOn(lost.digest, new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true }));
    const { items } = await collect(registry, image, { isEnough: (found) => found.items.length === 1 });
    expect(items).toMatchObject([{ bytes: Buffer.from('{"good":1}') }]);
  });

  it('counts proof on the first page although the next cannot be read; otherwise it says which', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}');
    const fault = new FaultError('REGISTRY_RESPONSE_INVALID', 'the next page is elsewhere', { retryable: false });
    const reader: EvidenceRequest['reader'] = {
      ...registry.reader,
      listReferrers: async (...args) => ({ ...(await registry.reader.listReferrers(...args)), fault }),
    };
    const found = await collect(registry, image, { reader, isEnough: ({ items }) => items.length === 1 });
    expect(found.items).toHaveLength(1);
    await expect(collect(registry, image, { reader, isEnough: () => false })).rejects.toBe(fault);
  });

  it('fails all the same when nothing was enough and a place did not answer', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    registry.failOn('referrers/', fault);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    await expect(collect(registry, image, { isEnough: () => false })).rejects.toBe(fault);
  });

  it('fails at once by a defect of ours, or when it is stopped', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    const stop = new AbortController();
    stop.abort();
    const timeout = new FaultError('REGISTRY_TIMEOUT', 'a minute is over', { retryable: true });
    for (const [error, signal] of [[new TypeError('a defect')], [timeout, stop.signal]] as const) {
      registry.clearRequests();
      const reader = { ...registry.reader, listReferrers: () => Promise.reject(error) };
      const look = collect(registry, image, { reader, isEnough: () => true, ...(signal && { signal }) });
      await expect(look).rejects.toBe(error);
      expect(registry.requests).toEqual([]);
    }
  });

  it('is told of everything when nothing was', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putBundle(registry, image, '{"bundle":1}');
    putCosign(registry, image.digest, 'sig', [{ bytes: '{"sig":1}' }]);
    const seen: number[] = [];
    await collect(registry, image, {
      isEnough: (found) => {
        seen.push(found.items.length);
        return false;
      },
    });
    expect(seen).toEqual([1, 2]);
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toHaveLength(2);
  });
});

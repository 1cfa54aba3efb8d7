import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/domain/digest.ts';
import { OCI_EMPTY, OCI_INDEX } from '../../../src/domain/manifest.ts';
import type { ManifestKind } from '../../../src/evidence/manifest-kind.ts';
import { readManifestKind } from '../../../src/evidence/read-manifest-kind.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import {
  type ArtifactParts,
  putArtifact,
  putBundle,
  putCosign,
  putFallbackIndex,
  putImage,
  putIndex,
  REPOSITORY,
} from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { fallbackTag, IMAGE_CONFIG, LAYER_TAR_GZIP, SIMPLE_SIGNING } from '../../support/push-image.ts';

async function kindOf(registry: MemoryRegistry, pushed: StoredManifest, tag?: string): Promise<ManifestKind> {
  const { reader } = registry;
  const manifest = await reader.readManifest(REPOSITORY, { digest: pushed.digest });
  if (manifest === null) throw new Error('the test pushed nothing');
  return readManifestKind({ reader, repository: REPOSITORY, manifest, ...(tag !== undefined && { tag }) });
}

/** What a push that is no image is about; `null` for an image. */
async function read(...push: Parameters<typeof kindOf>): Promise<readonly Digest[] | null> {
  const kind = await kindOf(...push);
  return 'of' in kind ? kind.of : null;
}

const payloadFor = (digest: string) =>
  JSON.stringify({
    critical: { identity: {}, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' },
  });

function envelopeFor(...hex: string[]): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: hex.map((sha256) => ({ digest: { sha256 } })),
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures: [{ sig: 'AA==' }] });
}

const world = () => {
  const registry = createMemoryRegistry();
  const image = putImage(registry);
  return { registry, image, hex: image.digest.slice('sha256:'.length) };
};

describe('a push of evidence', () => {
  it('is a referrer, and about its subject', async () => {
    const { registry, image } = world();
    expect(await read(registry, putBundle(registry, image, '{}'))).toEqual([image.digest]);
  });

  it('is a referrer of any kind: a bill of materials is no image either', async () => {
    const { registry, image } = world();
    const layers = [{ bytes: '{}', mediaType: 'application/spdx+json' }];
    const config = { mediaType: 'application/vnd.example.sbom.config.v1+json' };
    expect(await read(registry, putArtifact(registry, { layers, subject: image, config }))).toEqual([image.digest]);
  });

  it('is a referrer without a real configuration, even if its files are packed like layers', async () => {
    const { registry, image } = world();
    const layers = [{ bytes: 'tar', mediaType: LAYER_TAR_GZIP }];
    expect(await read(registry, putArtifact(registry, { layers, subject: image }))).toEqual([image.digest]);
  });

  it('is an image of cosign signatures, with or without its tag', async () => {
    const { registry, image } = world();
    const pushed = putCosign(registry, image.digest, 'sig', [{ bytes: payloadFor(image.digest) }]);
    expect(await read(registry, pushed, `${fallbackTag(image.digest)}.sig`)).toEqual([image.digest]);
    expect(await read(registry, pushed)).toEqual([image.digest]);
  });

  it('is an image of cosign attestations, about every subject of its statements', async () => {
    const { registry, image, hex } = world();
    const other = 'ab'.repeat(32);
    const pushed = putCosign(registry, image.digest, 'att', [{ bytes: envelopeFor(hex, other) }]);
    expect(await read(registry, pushed)).toEqual([image.digest, `sha256:${other}`]);
  });

  it('is an image of many: attested every day, or signed by many over the same payload', async () => {
    const { registry, image, hex } = world();
    const daily = Array.from({ length: 200 }, (_, day) => ({ bytes: envelopeFor(hex, String(day).padStart(64, '0')) }));
    const attested = await read(registry, putCosign(registry, image.digest, 'att', daily));
    expect(attested?.slice(0, 2)).toEqual([image.digest, `sha256:${'0'.repeat(64)}`]);
    const signers = Array.from({ length: 1_000 }, (_, n) => ({
      bytes: payloadFor(image.digest),
      annotations: { n: String(n) },
    }));
    const signed = putCosign(registry, image.digest, 'sig', signers);
    registry.clearRequests();
    expect(await read(registry, signed)).toEqual([image.digest]);
    // The configuration, and the payload once.
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toHaveLength(2);
  });

  it('is an index of many referrers', async () => {
    const { registry, image } = world();
    const many = Array.from({ length: 200 }, (_, n) => putBundle(registry, image, `{"n":${n}}`));
    expect(await read(registry, putFallbackIndex(registry, image.digest, many))).toEqual([image.digest]);
  });

  it('is about the image its tag names, too: the one to look at again if the payload lies', async () => {
    const { registry, image } = world();
    const other = `sha256:${'cd'.repeat(32)}`;
    const pushed = putCosign(registry, image.digest, 'sig', [{ bytes: payloadFor(other) }]);
    expect(await read(registry, pushed, `team-${fallbackTag(image.digest)}.sig`)).toEqual([image.digest, other]);
  });

  it.each(['"text"', 'null', '{"subject":{}}', '{"subject":"sha256"}', '{"subject":[null,{},{"digest":[]}]}'])(
    'is about nothing we know if its statement is %s',
    async (statement) => {
      const { registry, image } = world();
      const payload = Buffer.from(statement).toString('base64');
      const bytes = JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures: [] });
      expect(await read(registry, putCosign(registry, image.digest, 'att', [{ bytes }]), 'v1')).toEqual([]);
    },
  );

  it('is about nothing we know if neither names an image', async () => {
    const { registry, image } = world();
    const pushed = putCosign(registry, image.digest, 'sig', [{ bytes: '{"critical":{}}' }]);
    expect(await read(registry, pushed, 'v1')).toEqual([]);
  });

  it('is an index of referrers, under the fallback tag or any other', async () => {
    const { registry, image } = world();
    const index = putFallbackIndex(registry, image.digest, [putBundle(registry, image, '{}')]);
    expect(await read(registry, index, fallbackTag(image.digest))).toEqual([image.digest]);
    expect(await read(registry, index, 'v1')).toEqual([image.digest]);
  });

  it('is the empty index that is left when the last referrer is removed', async () => {
    const { registry, image } = world();
    const index = putFallbackIndex(registry, image.digest, []);
    expect(await read(registry, index, fallbackTag(image.digest))).toEqual([image.digest]);
  });
});

describe('an image, whatever it is called or claims', () => {
  const tags = (hex: string) => [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`];

  it('is judged under every tag that evidence has', async () => {
    const { registry, hex } = world();
    const pushed = putImage(registry);
    for (const tag of tags(hex)) expect(await read(registry, pushed, tag)).toBeNull();
  });

  it('is judged although it names a subject, for it could be run', async () => {
    const { registry, image } = world();
    expect(await read(registry, putImage(registry, { subject: image }))).toBeNull();
    expect(await read(registry, putImage(registry, { subject: image, artifactType: 'application/x' }))).toBeNull();
  });

  const disguises: Record<string, Partial<ArtifactParts>> = {
    'a real configuration that is called empty': { config: { bytes: '{"os":"linux"}', mediaType: OCI_EMPTY } },
    'a configuration of a type of its own': { config: { mediaType: 'application/vnd.example.config' } },
    'a configuration without a type': { config: { mediaType: '' }, layers: [] },
    'the plain types of old registries': { config: { mediaType: 'application/octet-stream' }, layers: [] },
    'a type in capitals': { config: { mediaType: IMAGE_CONFIG.toUpperCase() }, layers: [] },
    'no layers': { config: { mediaType: IMAGE_CONFIG }, layers: [] },
  };
  it.each(Object.entries(disguises))('is judged in disguise: %s', async (_, parts) => {
    const { registry, image } = world();
    expect(await read(registry, putImage(registry, { subject: image, ...parts }))).toBeNull();
  });

  it('is judged although nothing in it could be run, if it has no type and names no subject', async () => {
    const { registry } = world();
    const layers = [{ bytes: 'tgz', mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }];
    expect(await read(registry, putArtifact(registry, { layers }))).toBeNull();
  });

  it('is judged without a configuration, though it names a subject', async () => {
    const { registry, image } = world();
    const { mediaType, digest, size } = image;
    for (const config of [undefined, null, {}]) {
      const content = { mediaType, subject: { mediaType, digest, size }, layers: [], config };
      expect(await read(registry, registry.putManifest(REPOSITORY, content, mediaType))).toBeNull();
    }
  });

  it('is judged when it has a layer we cannot name, though a runtime may', async () => {
    const { registry, image } = world();
    const { mediaType, digest, size } = image;
    const config = { mediaType: OCI_EMPTY, ...registry.putBlob('{}') };
    const layer = { mediaType: LAYER_TAR_GZIP, digest: `sha384:${'ab'.repeat(48)}`, size: 500 };
    const content = { mediaType, subject: { mediaType, digest, size }, config, layers: [layer] };
    expect(await read(registry, registry.putManifest(REPOSITORY, content, mediaType))).toBeNull();
  });

  it('is judged although its archives are called signatures', async () => {
    const { registry, image } = world();
    const archive = Buffer.alloc(1_024, 'ustar');
    const layers = [
      { bytes: payloadFor(image.digest), mediaType: SIMPLE_SIGNING },
      { bytes: archive, mediaType: SIMPLE_SIGNING },
    ];
    const pushed = putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers });
    expect(await read(registry, pushed, `${fallbackTag(image.digest)}.sig`)).toBeNull();
  });

  it('is judged when one layer among the signatures is none', async () => {
    const { registry, image } = world();
    const layers = [
      { bytes: payloadFor(image.digest), mediaType: SIMPLE_SIGNING },
      { bytes: 'tar', mediaType: LAYER_TAR_GZIP },
    ];
    const pushed = putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers });
    registry.clearRequests();
    expect(await read(registry, pushed, `${fallbackTag(image.digest)}.sig`)).toBeNull();
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toEqual([]);
  });

  const payloads = [
    '{"payload":"AA=="}',
    '{"payloadType":"a"}',
    '{"payloadType":"a","payload":5}',
    '{"payloadType":1,"payload":"AA=="}',
  ];
  it.each([...payloads, 'not JSON', '[]', '{"a":1,"a":2}', `${'['.repeat(40)}${']'.repeat(40)}`])(
    'is judged when a layer called a signature holds %j',
    async (bytes) => {
      const { registry, image } = world();
      const pushed = putCosign(registry, image.digest, 'sig', [{ bytes }]);
      expect(await read(registry, pushed, `${fallbackTag(image.digest)}.sig`)).toBeNull();
    },
  );

  it('is judged without fetching anything when a layer is too large for a signature', async () => {
    const { registry, image } = world();
    const layers = [{ bytes: '{}', mediaType: SIMPLE_SIGNING, size: 50_000_000 }];
    const pushed = putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers });
    registry.clearRequests();
    expect(await read(registry, pushed, `${fallbackTag(image.digest)}.sig`)).toBeNull();
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toEqual([]);
  });

  it('is judged without fetching anything when it has more layers than can be looked at, or larger ones', async () => {
    const { registry, image } = world();
    const many = Array.from({ length: 5_001 }, (_, n) => ({ bytes: `{"critical":{},"n":${n}}` }));
    const large = many.slice(0, 51).map(({ bytes }) => ({ bytes, mediaType: SIMPLE_SIGNING, size: 1024 * 1024 }));
    const pushes = [
      putCosign(registry, image.digest, 'sig', many),
      putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers: large }),
    ];
    registry.clearRequests();
    for (const pushed of pushes) expect(await read(registry, pushed)).toBeNull();
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toEqual([]);
  });

  it('is judged as an index of platforms under the fallback tag', async () => {
    const { registry, image } = world();
    const index = putIndex(registry, [putImage(registry), putImage(registry)]);
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
  });

  it('is judged as an index that hides an image among referrers', async () => {
    const { registry, image } = world();
    const bad = { ...putImage(registry), artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' };
    const index = putFallbackIndex(registry, image.digest, [putBundle(registry, image, '{}'), bad]);
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
  });

  it('is judged as an index that hides an image which names a subject as the referrers do', async () => {
    const { registry, image } = world();
    const bad = putImage(registry, { subject: image });
    const index = putFallbackIndex(registry, image.digest, [putBundle(registry, image, '{}'), bad]);
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
  });

  it('is judged as an index that gives a platform for one of its parts', async () => {
    const { registry, image } = world();
    const [plain, other] = [putBundle(registry, image, '{}'), putBundle(registry, image, '{"n":1}')];
    const manifests = [plain, { ...other, platform: { os: 'linux', architecture: 'amd64' } }].map(
      ({ bytes: _, ...descriptor }) => descriptor,
    );
    const index = registry.putManifest(REPOSITORY, { mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
  });

  it('is judged as an index with a part we cannot name, though a runtime may', async () => {
    const { registry, image } = world();
    const referrer = putBundle(registry, image, '{}');
    const { mediaType, digest, size } = referrer;
    const strange = { mediaType, digest: `sha384:${'ab'.repeat(48)}`, size: 500 };
    for (const manifests of [[{ mediaType, digest, size }, strange], [strange]]) {
      const content = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
      const index = registry.putManifest(REPOSITORY, content, OCI_INDEX);
      expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
    }
  });

  it.each(['{"manifests":[],"manifests":[{}]}', '{"manifests":[],"layers":[]}'])(
    'is judged when two clients could read it as two things: %s',
    async (text) => {
      const { registry, image } = world();
      const index = registry.putManifest(REPOSITORY, Buffer.from(text), OCI_INDEX);
      expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
    },
  );

  it('is judged as an index with a part that is not there yet', async () => {
    const { registry, image } = world();
    const lost = putBundle(registry, image, '{}');
    const index = putFallbackIndex(registry, image.digest, [lost]);
    registry.removeManifest(lost.digest);
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
  });

  it('is judged as an index with more parts than can be looked at, or an empty one under a name of its own', async () => {
    const { registry, image } = world();
    const many = Array.from({ length: 5_001 }, (_, n) => putBundle(registry, image, `{"n":${n}}`));
    const index = putFallbackIndex(registry, image.digest, many);
    registry.clearRequests();
    expect(await read(registry, index, fallbackTag(image.digest))).toBeNull();
    expect(registry.requests).toHaveLength(1);
    expect(await read(registry, putFallbackIndex(registry, image.digest, []), 'v1')).toBeNull();
  });
});

it('fails when the registry does not say what a push holds', async () => {
  const { registry, image } = world();
  const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
  registry.failOn('blobs/', fault);
  const pushed = putCosign(registry, image.digest, 'sig', [{ bytes: payloadFor(image.digest) }]);
  await expect(read(registry, pushed)).rejects.toBe(fault);
});

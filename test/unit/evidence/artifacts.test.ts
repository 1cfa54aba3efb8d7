import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { OCI_EMPTY, OCI_INDEX } from '../../../src/domain/manifest.ts';
import type { ManifestKind } from '../../../src/evidence/manifest-kind.ts';
import { readManifestKind } from '../../../src/evidence/read-manifest-kind.ts';
import { jsonThatIsTar } from '../../support/json-that-is-tar.ts';
import { type ArtifactParts, putArtifact, putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { DSSE_ENVELOPE, fallbackTag, IMAGE_CONFIG, LAYER_TAR_GZIP, SIMPLE_SIGNING } from '../../support/push-image.ts';

const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const HELM_CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const FLUX_CONFIG = 'application/vnd.cncf.flux.config.v1+json';
const FLUX_CONTENT = 'application/vnd.cncf.flux.content.v1.tar+gzip';
const IN_TOTO = 'application/vnd.in-toto+json';
const BUILD_ATTESTATION = 'application/vnd.docker.attestation.manifest.v1+json';
const SUBJECT = digestOf(new TextEncoder().encode('an image'));

async function kindOf(registry: MemoryRegistry, pushed: StoredManifest, tag?: string): Promise<ManifestKind> {
  const { reader } = registry;
  const manifest = await reader.readManifest(REPOSITORY, { digest: pushed.digest });
  if (manifest === null) throw new Error('the test pushed nothing');
  return readManifestKind({ reader, repository: REPOSITORY, manifest, ...(tag !== undefined && { tag }) });
}

function kindOfParts(parts: ArtifactParts, tag?: string): Promise<ManifestKind> {
  const registry = createMemoryRegistry();
  return kindOf(registry, putArtifact(registry, parts), tag);
}

const layer = (mediaType: string, bytes = 'tgz') => ({ bytes, mediaType });

/** As go-containerregistry writes it: what the layers unpack to, and no command. */
const configOf = (...contents: string[]) =>
  JSON.stringify({
    architecture: '',
    config: {},
    os: '',
    rootfs: { type: 'layers', diff_ids: contents.map((bytes) => digestOf(new TextEncoder().encode(bytes))) },
  });

const statement = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [{ name: 'app', digest: { sha256: SUBJECT.slice('sha256:'.length) } }],
  predicate: {},
});

const sbom = '{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT"}';

describe('what nothing runs is an artifact of its type:', () => {
  const chart = '{"name":"web","version":"1.2.3","apiVersion":"v2"}';
  const artifacts: Record<string, { readonly parts: ArtifactParts; readonly type: string; readonly of?: Digest[] }> = {
    'a Helm chart': {
      parts: { config: { mediaType: HELM_CONFIG, bytes: chart }, layers: [layer(HELM_CHART)] },
      type: HELM_CONFIG,
    },
    'a Flux manifest, whose configuration lists what its layer unpacks to': {
      parts: { config: { mediaType: FLUX_CONFIG, bytes: configOf('tar') }, layers: [layer(FLUX_CONTENT)] },
      type: FLUX_CONFIG,
    },
    'a WASM module': {
      parts: {
        config: { mediaType: 'application/vnd.wasm.config.v0+json', bytes: '{"os":"wasip2","layerDigests":[]}' },
        layers: [layer('application/wasm')],
      },
      type: 'application/vnd.wasm.config.v0+json',
    },
    'a model of Docker': {
      parts: {
        config: { mediaType: 'application/vnd.docker.ai.model.config.v0.1+json', bytes: configOf('gguf') },
        layers: [layer('application/vnd.docker.ai.gguf.v3', 'gguf')],
      },
      type: 'application/vnd.docker.ai.model.config.v0.1+json',
    },
    'a model of CNCF': {
      parts: {
        artifactType: 'application/vnd.cncf.model.manifest.v1+json',
        config: { mediaType: 'application/vnd.cncf.model.config.v1+json', bytes: '{"modelfs":{"diffIds":["x"]}}' },
        layers: [layer('application/vnd.cncf.model.weight.v1.tar')],
      },
      type: 'application/vnd.cncf.model.manifest.v1+json',
    },
    'what oras pushes': {
      parts: { artifactType: 'application/vnd.acme.report', layers: [layer('text/plain')] },
      type: 'application/vnd.acme.report',
    },
    'what old oras pushed, whose configuration is empty under a type of its own': {
      parts: {
        config: { mediaType: 'application/vnd.unknown.config.v1+json', bytes: '{}' },
        layers: [layer(LAYER_TAR_GZIP)],
      },
      type: 'application/vnd.unknown.config.v1+json',
    },
    "BuildKit's attestation, with an image's configuration": {
      parts: { config: { mediaType: IMAGE_CONFIG, bytes: configOf(statement) }, layers: [layer(IN_TOTO, statement)] },
      type: BUILD_ATTESTATION,
      of: [SUBJECT],
    },
    "BuildKit's attestation of today": {
      parts: { artifactType: BUILD_ATTESTATION, layers: [layer(IN_TOTO, statement)] },
      type: BUILD_ATTESTATION,
    },
    'something in protobuf': {
      parts: {
        config: { mediaType: 'application/vnd.acme.config', bytes: '\n\u0002ab' },
        layers: [layer('application/x')],
      },
      type: 'application/vnd.acme.config',
    },
  };
  it.each(Object.entries(artifacts))('%s', async (_, { parts, type, of = [] }) => {
    expect(await kindOfParts(parts)).toEqual({ kind: 'artifact', type, of });
  });

  it('a bill of materials of ko, about the image that its tag names', async () => {
    const parts = {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf(sbom) },
      layers: [layer('text/spdx+json', sbom)],
    };
    const told = await kindOfParts(parts, `${fallbackTag(SUBJECT)}.sbom`);
    expect(told).toEqual({ kind: 'artifact', type: 'text/spdx+json', of: [SUBJECT] });
    expect(await kindOfParts(parts, 'v1')).toEqual({ kind: 'artifact', type: 'text/spdx+json', of: [] });
  });

  it('an index of charts with a type of its own, and of nothing else', async () => {
    const registry = createMemoryRegistry();
    const { bytes: _, ...child } = putArtifact(registry, {
      config: { mediaType: HELM_CONFIG, bytes: chart },
      layers: [layer(HELM_CHART)],
    });
    const image = putImage(registry);
    const put = (content: object) =>
      registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, ...content }, OCI_INDEX);
    const artifactType = 'application/vnd.acme.charts';
    const alone = put({ artifactType, manifests: [child] });
    expect(await kindOf(registry, alone)).toEqual({ kind: 'artifact', type: artifactType, of: [] });
    expect(await kindOf(registry, put({ manifests: [child] }))).toEqual({ kind: 'index' });
    const { bytes: __, ...hidden } = { ...image, artifactType: HELM_CONFIG };
    expect(await kindOf(registry, put({ artifactType, manifests: [child, hidden] }))).toEqual({ kind: 'index' });
  });
});

describe('P1: what a runtime would run is an image, whatever it calls itself:', () => {
  const started = JSON.stringify({ config: { Entrypoint: ['/app'] } });
  const oddly = '{"rootfſ":{"DIFF_IDS":["sha256:00"]}}';
  const images: Record<string, ArtifactParts> = {
    'an image that says it is a chart': {
      artifactType: HELM_CONFIG,
      config: { mediaType: IMAGE_CONFIG, bytes: configOf('tar') },
      layers: [layer(LAYER_TAR_GZIP)],
    },
    "an image's configuration over a chart's layer, which podman unpacks": {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf('tar') },
      layers: [layer(HELM_CHART)],
    },
    "a chart's configuration over an image's layer, which containerd unpacks": {
      config: { mediaType: HELM_CONFIG, bytes: configOf('tar') },
      layers: [layer(LAYER_TAR_GZIP)],
    },
    'an image filesystem that containerd mounts': {
      config: { mediaType: HELM_CONFIG, bytes: configOf('tar') },
      layers: [layer('application/vnd.erofs.layer.v1')],
    },
    'a chart whose configuration has a command': {
      config: { mediaType: HELM_CONFIG, bytes: started },
      layers: [layer(HELM_CHART)],
    },
    'a Flux manifest whose configuration has a command': {
      config: { mediaType: FLUX_CONFIG, bytes: started },
      layers: [layer(FLUX_CONTENT)],
    },
    'a configuration that lists what its layers unpack to': {
      config: { mediaType: HELM_CONFIG, bytes: configOf('tar') },
      layers: [layer(HELM_CHART)],
    },
    'the same in letters that Go takes for these': {
      config: { mediaType: HELM_CONFIG, bytes: oddly },
      layers: [layer(HELM_CHART)],
    },
    'a configuration that two readers could take for two': {
      config: { mediaType: HELM_CONFIG, bytes: '{"a":1,"a":2}' },
      layers: [layer(HELM_CHART)],
    },
    'a type that only old versions of Docker took': { config: { mediaType: 'text/html' }, layers: [layer(HELM_CHART)] },
    'a Docker manifest with an empty configuration, which podman runs': {
      isDocker: true,
      layers: [layer(LAYER_TAR_GZIP)],
    },
    'a Docker manifest of a chart': {
      isDocker: true,
      config: { mediaType: HELM_CONFIG, bytes: '{"name":"web"}' },
      layers: [layer(HELM_CHART)],
    },
    'a bill of materials that is an archive': {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf('\u001f\u008b') },
      layers: [layer('text/spdx', '\u001f\u008b\0')],
    },
    'a bill of materials beside a layer': {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf(sbom, 'tgz') },
      layers: [layer('text/spdx+json', sbom), layer(LAYER_TAR_GZIP)],
    },
    'a signature whose configuration says that it unpacks to something else': {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf('other') },
      layers: [layer(SIMPLE_SIGNING, '{"critical":{}}')],
    },
    'a signature with a command': {
      config: { mediaType: IMAGE_CONFIG, bytes: started },
      layers: [layer(SIMPLE_SIGNING, '{"critical":{}}')],
    },
    "BuildKit's attestation that is an archive": {
      config: { mediaType: IMAGE_CONFIG, bytes: configOf('x') },
      layers: [layer(IN_TOTO, 'x')],
    },
    'what has neither type nor subject': { layers: [layer('text/plain')] },
  };
  it.each(Object.entries(images))('%s', async (_, parts) => {
    expect(await kindOfParts(parts, 'v1')).toEqual({ kind: 'image' });
    const registry = createMemoryRegistry();
    const subject = putImage(registry);
    const hidden = await kindOf(registry, putArtifact(registry, { ...parts, subject }), `${fallbackTag(SUBJECT)}.sig`);
    // Without a type, what says which image it belongs to is let be.
    expect(hidden.kind).toBe(parts.config === undefined && !parts.isDocker ? 'artifact' : 'image');
  });

  it.each([SIMPLE_SIGNING, DSSE_ENVELOPE, IN_TOTO, 'text/spdx+json'])(
    'C4: an archive that reads as JSON too, under the type %s',
    async (mediaType) => {
      const bytes = jsonThatIsTar({ critical: {}, payloadType: 'a', payload: 'AA==', predicate: {} });
      expect(JSON.parse(bytes)).toMatchObject({ critical: {} });
      const parts = { config: { mediaType: IMAGE_CONFIG, bytes: configOf(bytes) }, layers: [layer(mediaType, bytes)] };
      expect(await kindOfParts(parts, `${fallbackTag(SUBJECT)}.sig`)).toEqual({ kind: 'image' });
      const innocent = `${bytes.slice(0, 148)}${'1'.padEnd(8)}${bytes.slice(156)}`;
      const same = {
        config: { mediaType: IMAGE_CONFIG, bytes: configOf(innocent) },
        layers: [layer(mediaType, innocent)],
      };
      expect(await kindOfParts(same, `${fallbackTag(SUBJECT)}.sig`)).not.toEqual({ kind: 'image' });
    },
  );

  it('L3: a configuration too large to read', async () => {
    const config = { mediaType: HELM_CONFIG, bytes: `{"name":"${'x'.repeat(1024 * 1024)}"}` };
    const registry = createMemoryRegistry();
    const pushed = putArtifact(registry, { config, layers: [layer(HELM_CHART)] });
    registry.clearRequests();
    expect(await kindOf(registry, pushed)).toEqual({ kind: 'image' });
    expect(registry.requests.filter((line) => line.includes('blobs/'))).toEqual([]);
  });

  it('an image among the parts of a list of referrers, by the same rule', async () => {
    const registry = createMemoryRegistry();
    const subject = putImage(registry);
    const hidden = putArtifact(registry, { isDocker: true, subject, layers: [layer(LAYER_TAR_GZIP)] });
    const manifests = [putBundle(registry, subject, '{}'), hidden].map(({ bytes: _, ...descriptor }) => descriptor);
    const list = registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    expect(await kindOf(registry, list, fallbackTag(subject.digest))).toEqual({ kind: 'index' });
  });
});

it('a bill of materials that is attached is an artifact of what it is attached to', async () => {
  const registry = createMemoryRegistry();
  const subject = putImage(registry);
  const pushed = putArtifact(registry, {
    artifactType: 'application/spdx+json',
    layers: [layer('application/spdx+json', sbom)],
    subject,
  });
  const type = 'application/spdx+json';
  expect(await kindOf(registry, pushed)).toEqual({ kind: 'artifact', type, of: [subject.digest] });
});

it('reads no blob of what is empty by its configuration', async () => {
  const registry = createMemoryRegistry();
  const pushed = putArtifact(registry, {
    artifactType: 'application/x-a',
    config: { mediaType: OCI_EMPTY, bytes: '{}' },
    layers: [],
  });
  registry.clearRequests();
  expect(await kindOf(registry, pushed)).toMatchObject({ kind: 'artifact' });
  expect(registry.requests.filter((line) => line.includes('blobs/'))).toEqual([]);
});

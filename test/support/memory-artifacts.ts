import { randomBytes } from 'node:crypto';
import type { Digest } from '../../src/domain/digest.ts';
import { DOCKER_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../src/domain/manifest.ts';
import type { MemoryRegistry, StoredManifest } from './memory-registry.ts';
import { BUNDLE_V03, DSSE_ENVELOPE, fallbackTag, IMAGE_CONFIG, LAYER_TAR_GZIP, SIMPLE_SIGNING } from './push-image.ts';

export const REPOSITORY = 'acme/app';

/** What can be put into: a registry in memory, or what one serves. */
export type ManifestStore = Pick<MemoryRegistry, 'putManifest' | 'putBlob'>;

interface Layer {
  readonly bytes: Uint8Array | string;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the manifest says of its size; the truth by default. */
  readonly size?: number;
}

export interface ArtifactParts {
  readonly config?: { readonly bytes?: string; readonly mediaType: string };
  readonly artifactType?: string;
  readonly layers: readonly Layer[];
  readonly subject?: StoredManifest;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tag?: string;
  /** `REPOSITORY` by default. */
  readonly repository?: string;
  /** Docker's, of the manifest itself. */
  readonly isDocker?: boolean;
}

/** Puts an image manifest of any shape. */
export function putArtifact(registry: ManifestStore, parts: ArtifactParts): StoredManifest {
  const config = parts.config ?? { bytes: '{}', mediaType: OCI_EMPTY };
  const mediaType = parts.isDocker === true ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    ...(parts.artifactType !== undefined && { artifactType: parts.artifactType }),
    config: { mediaType: config.mediaType, ...registry.putBlob(config.bytes ?? '{"os":"linux"}') },
    layers: parts.layers.map(({ bytes, mediaType, annotations, size }) => ({
      mediaType,
      ...registry.putBlob(bytes),
      ...(annotations && { annotations }),
      ...(size !== undefined && { size }),
    })),
    ...(parts.subject && { subject: describe(parts.subject) }),
    ...(parts.annotations && { annotations: parts.annotations }),
  };
  return registry.putManifest(parts.repository ?? REPOSITORY, manifest, mediaType, parts.tag);
}

/** An image like any other. */
export function putImage(registry: ManifestStore, over: Partial<ArtifactParts> = {}): StoredManifest {
  const layers = [{ bytes: randomBytes(16), mediaType: LAYER_TAR_GZIP }];
  return putArtifact(registry, { config: { mediaType: IMAGE_CONFIG }, layers, ...over });
}

/** A referrer with one bundle, as cosign 3 and GitHub's attestations push it. */
export function putBundle(
  registry: ManifestStore,
  subject: StoredManifest,
  bundle: Uint8Array | string,
  over: Partial<ArtifactParts> = {},
): StoredManifest {
  return putArtifact(registry, {
    artifactType: BUNDLE_V03,
    layers: [{ bytes: bundle, mediaType: BUNDLE_V03 }],
    subject,
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' },
    ...over,
  });
}

/** The image cosign keeps under `sha256-<hex>.sig` or `.att`. */
export function putCosign(
  registry: ManifestStore,
  digest: Digest,
  kind: 'sig' | 'att',
  layers: readonly { readonly bytes: Uint8Array | string; readonly annotations?: Readonly<Record<string, string>> }[],
  { repository = REPOSITORY, tagPrefix = '' }: { readonly repository?: string; readonly tagPrefix?: string } = {},
): StoredManifest {
  const mediaType = kind === 'sig' ? SIMPLE_SIGNING : DSSE_ENVELOPE;
  return putArtifact(registry, {
    config: { mediaType: IMAGE_CONFIG },
    layers: layers.map((layer) => ({ ...layer, mediaType })),
    tag: `${tagPrefix}${fallbackTag(digest)}.${kind}`,
    repository,
  });
}

/** The index under the fallback tag, as clients write it where there is no referrers API. */
export function putFallbackIndex(
  registry: MemoryRegistry,
  digest: Digest,
  referrers: readonly (StoredManifest & { readonly artifactType?: string })[],
  repository = REPOSITORY,
): StoredManifest {
  const manifests = referrers.map(({ artifactType, ...stored }) => ({
    ...describe(stored),
    ...(artifactType !== undefined && { artifactType }),
  }));
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  return registry.putManifest(repository, index, OCI_INDEX, fallbackTag(digest));
}

/** A multi-platform index. */
export function putIndex(registry: MemoryRegistry, children: readonly StoredManifest[], tag?: string): StoredManifest {
  const manifests = children.map((child, at) => ({
    ...describe(child),
    platform: { os: 'linux', architecture: ['amd64', 'arm64'][at] ?? `cpu${at}` },
  }));
  return registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX, tag);
}

function describe({ mediaType, digest, size }: StoredManifest): object {
  return { mediaType, digest, size };
}

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Digest, digestHex, digestOf } from '../../src/domain/digest.ts';
import { OCI_EMPTY, OCI_INDEX } from '../../src/domain/manifest.ts';
import { type Pushed, type PushTarget, pullManifest, pushBlob, pushManifest } from './oci-push.ts';

export const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

export interface PushImageOptions {
  /** What the image's one file holds; random by default, so that every image has a digest of its own. */
  readonly content?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** A runnable image that names a subject, to look like evidence. */
  readonly subject?: Pushed;
}

/** Pushes a small image that would run (a real tar layer, a real config). A tag of `null` pushes it by digest alone. */
export async function pushImage(
  registry: PushTarget,
  repository: string,
  tag: string | null,
  options: PushImageOptions = {},
): Promise<Pushed> {
  const tar = tarOf('hello', options.content ?? randomBytes(16).toString('hex'));
  const layer = await pushBlob(registry, repository, gzipSync(tar), LAYER_TAR_GZIP);
  const configuration = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
  };
  const config = await pushBlob(registry, repository, Buffer.from(JSON.stringify(configuration)), IMAGE_CONFIG);
  return pushManifest(registry, repository, tag, {
    ...imageManifest(config, [layer]),
    ...(options.annotations && { annotations: options.annotations }),
    ...(options.subject && { subject: descriptorOf(options.subject) }),
  });
}

/** Pushes an index of images pushed before, as for linux/amd64, linux/arm64 and so on. */
export async function pushIndex(
  registry: PushTarget,
  repository: string,
  tag: string | null,
  children: readonly Pushed[],
): Promise<Pushed> {
  const architectures = ['amd64', 'arm64', 's390x', 'ppc64le'];
  const manifests = children.map((child, index) => ({
    ...descriptorOf(child),
    platform: { os: 'linux', architecture: architectures[index] ?? `cpu${index}` },
  }));
  return pushManifest(registry, repository, tag, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

/** What an evidence artifact names as its subject; a digest alone will do for one that is not an OCI manifest. */
export type ReferrerSubject = Pick<Pushed, 'digest' | 'mediaType' | 'size'>;

export interface ReferrerOptions {
  /** Media type of the layer, and the artifact type; default a bundle v0.3. */
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: the registered empty config. cosign's experimental referrers have a type of their own here. */
  readonly configMediaType?: string;
}

/** Pushes an artifact with one layer (a Sigstore bundle, as cosign v3 does) whose subject is this image, by digest. */
export async function pushReferrer(
  registry: PushTarget,
  repository: string,
  subject: ReferrerSubject,
  bundle: Uint8Array | string,
  options: ReferrerOptions = {},
): Promise<Pushed> {
  const mediaType = options.mediaType ?? BUNDLE_V03;
  const layer = await pushBlob(registry, repository, Buffer.from(bundle), mediaType);
  const config = await pushBlob(registry, repository, Buffer.from('{}'), options.configMediaType ?? OCI_EMPTY);
  return pushManifest(registry, repository, null, {
    ...imageManifest(config, [layer]),
    ...(options.configMediaType === undefined && { artifactType: mediaType }),
    subject: descriptorOf(subject),
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', ...options.annotations },
  });
}

/** Pushes a referrer and adds it to the index under the fallback tag, as clients do without a referrers API. */
export async function pushFallbackReferrer(
  registry: PushTarget,
  repository: string,
  subject: ReferrerSubject,
  bundle: Uint8Array | string,
  options: ReferrerOptions = {},
): Promise<{ readonly referrer: Pushed; readonly index: Pushed }> {
  const referrer = await pushReferrer(registry, repository, subject, bundle, options);
  const tag = fallbackTag(subject.digest);
  const before = await pullManifest(registry, repository, tag);
  const listed = before === null ? [] : (JSON.parse(before.toString()) as { manifests: object[] }).manifests;
  const artifactType = options.configMediaType ?? options.mediaType ?? BUNDLE_V03;
  const manifests = [...listed, { ...descriptorOf(referrer), artifactType }];
  const content = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  return { referrer, index: await pushManifest(registry, repository, tag, content, OCI_INDEX) };
}

/** A layer of a cosign `.sig` or `.att` manifest, with the annotations that stand on its descriptor. */
export interface CosignLayer {
  readonly payload: Uint8Array | string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Pushes cosign's `sha256-<hex>.sig` manifest: one layer for each simple-signing payload. */
export function pushCosignSignature(
  registry: PushTarget,
  repository: string,
  subject: Digest,
  layers: readonly CosignLayer[],
): Promise<Pushed> {
  return pushCosign(registry, repository, `${fallbackTag(subject)}.sig`, SIMPLE_SIGNING, layers);
}

/** Pushes cosign's `sha256-<hex>.att` manifest: one layer for each DSSE envelope. */
export function pushCosignAttestation(
  registry: PushTarget,
  repository: string,
  subject: Digest,
  layers: readonly CosignLayer[],
): Promise<Pushed> {
  return pushCosign(registry, repository, `${fallbackTag(subject)}.att`, DSSE_ENVELOPE, layers);
}

/** The tag `sha256-<hex>` of a digest. */
export function fallbackTag(digest: Digest): string {
  return `sha256-${digestHex(digest)}`;
}

async function pushCosign(
  registry: PushTarget,
  repository: string,
  tag: string,
  mediaType: string,
  layers: readonly CosignLayer[],
): Promise<Pushed> {
  const described = [];
  for (const layer of layers) {
    const blob = await pushBlob(registry, repository, Buffer.from(layer.payload), mediaType);
    described.push({ ...blob, annotations: layer.annotations });
  }
  const diffIds = described.map((layer) => layer.digest);
  const configuration = { architecture: '', os: '', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } };
  const config = await pushBlob(registry, repository, Buffer.from(JSON.stringify(configuration)), IMAGE_CONFIG);
  return pushManifest(registry, repository, tag, imageManifest(config, described));
}

/** An image manifest of these blobs, without a note. */
export function imageManifest(config: object, layers: readonly object[]): object {
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers };
}

function descriptorOf({ mediaType, digest, size }: ReferrerSubject): object {
  return { mediaType, digest, size };
}

/** A POSIX (ustar) archive of one executable file. */
function tarOf(name: string, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`0000755\0${'0000000\0'.repeat(2)}`, 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0${' '.repeat(8)}0`, 124);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
  return Buffer.concat([header, body, padding, Buffer.alloc(1024)]);
}

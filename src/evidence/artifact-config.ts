import { digestOf } from '../domain/digest.ts';
import { type Descriptor, type Manifest, OCI_EMPTY } from '../domain/manifest.ts';

const EMPTY_DIGEST = digestOf(new TextEncoder().encode('{}'));

const IN_TOTO = 'application/vnd.in-toto+json';

// What container runtimes take for the configuration of an image, or for a layer of one. Docker still reads the two
// plain types, which old registries gave.
const RUNNABLE_PREFIXES = [
  'application/vnd.oci.image.',
  'application/vnd.docker.',
  'application/vnd.containerd.',
  'application/octet-stream',
  'application/json',
];

/**
 * Whether no runtime can start this manifest: its configuration is the empty object, or of a type of its own with no
 * layer that would be unpacked. Types alone are the pusher's word, so the empty configuration is known by its digest.
 */
export function isArtifact(manifest: Manifest): boolean {
  const { config, layers } = manifest;
  if (manifest.unreadable !== undefined || config === undefined) return false;
  if (config.mediaType === OCI_EMPTY) return config.digest === EMPTY_DIGEST;
  return ![config, ...layers].some(isRunnableType);
}

/**
 * Whether this is what BuildKit lists in an index beside the images: statements about them, unsigned, with an image's
 * configuration. The platform in the list is the pusher's word, so the layers must be nothing that can be unpacked.
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
export function isBuildAttestation({ layers, unreadable }: Manifest): boolean {
  return unreadable === undefined && layers.length > 0 && layers.every(({ mediaType }) => mediaType === IN_TOTO);
}

function isRunnableType({ mediaType }: Descriptor): boolean {
  const type = mediaType.toLowerCase();
  return type === '' || RUNNABLE_PREFIXES.some((prefix) => type.startsWith(prefix));
}

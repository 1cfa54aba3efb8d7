import { digestOf } from '../domain/digest.ts';
import { type Descriptor, type Manifest, OCI_EMPTY } from '../domain/manifest.ts';

const EMPTY_DIGEST = digestOf(new TextEncoder().encode('{}'));

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

function isRunnableType({ mediaType }: Descriptor): boolean {
  const type = mediaType.toLowerCase();
  return type === '' || RUNNABLE_PREFIXES.some((prefix) => type.startsWith(prefix));
}

import { type Descriptor, OCI_EMPTY } from '../domain/manifest.ts';
import { announcesBundle, COSIGN_ARTIFACT } from './evidence-types.ts';

// A manifest that carries one bundle takes one to two KiB; a cosign one holds its certificates and takes up to 64.
const PLAUSIBLE_BYTES = 64 * 1024;

/**
 * Orders the referrers of an image so that likely evidence comes first, then the newest, each digest once: whoever may
 * push can list thousands of others before it. Only the order follows from what a list says, never what counts.
 */
export function orderReferrers(listed: readonly Descriptor[]): readonly Descriptor[] {
  const once = new Map(listed.map((descriptor) => [descriptor.digest, descriptor]));
  return [...once.values()]
    .map((descriptor, index) => ({ descriptor, index, rank: rank(descriptor), created: created(descriptor) }))
    .sort((a, b) => a.rank - b.rank || b.created - a.created || a.index - b.index)
    .map(({ descriptor }) => descriptor);
}

function rank(descriptor: Descriptor): number {
  const plausible = descriptor.size <= PLAUSIBLE_BYTES ? 0 : 4;
  if (announcesBundle(descriptor.artifactType)) return plausible + (describesBundle(descriptor) ? 0 : 1);
  if (descriptor.artifactType === COSIGN_ARTIFACT) return plausible + 1;
  // cosign's own fallback index gives the type of the empty config in place of the bundle's.
  const unsaid = descriptor.artifactType === undefined || descriptor.artifactType === OCI_EMPTY;
  return plausible + (unsaid ? 2 : 3);
}

function describesBundle(descriptor: Descriptor): boolean {
  return descriptor.annotations?.['dev.sigstore.bundle.content'] !== undefined;
}

function created(descriptor: Descriptor): number {
  const time = Date.parse(descriptor.annotations?.['org.opencontainers.image.created'] ?? '');
  return Number.isNaN(time) ? 0 : time;
}

import { type Digest, matchesDigest } from '../domain/digest.ts';
import type { Manifest } from '../domain/manifest.ts';
import { FaultError } from '../kit/errors.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';

/** What a name of ours points to. `unreadable`: something larger than all we read, and so nothing we have marked. */
export type Named =
  | { readonly kind: 'nothing' | 'unreadable' }
  | { readonly kind: 'manifest'; readonly manifest: Manifest };

/**
 * Reads what a tag of ours points to.
 * @throws {FaultError} `REGISTRY_*`: the registry did not say.
 */
export async function readName(
  reader: Pick<RegistryReader, 'readManifest'>,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<Named> {
  try {
    const manifest = await reader.readManifest(repository, { tag }, signal);
    return manifest === null ? { kind: 'nothing' } : { kind: 'manifest', manifest };
  } catch (error) {
    // Else whoever pushes a manifest that is too large would keep our tag for good.
    if (error instanceof FaultError && error.code === 'REGISTRY_RESPONSE_TOO_LARGE') return { kind: 'unreadable' };
    throw error;
  }
}

/** Whether it points to this image. */
export function pointsTo(named: Named, digest: Digest): boolean {
  return named.kind === 'manifest' && matchesDigest(named.manifest.bytes, digest);
}

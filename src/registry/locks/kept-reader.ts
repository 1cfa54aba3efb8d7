import { matchesDigest } from '../../domain/digest.ts';
import { FaultError } from '../../kit/errors.ts';
import type { LockedImages } from '../../ports/locked-images.ts';
import type { LockReader } from '../../ports/locks.ts';
import type { RegistryReader } from '../../ports/registry-reader.ts';
import { parseManifest } from '../parse-manifest.ts';

/** Where the manifests of locked images are kept, and what sees whether they are there still. */
export interface KeptImages {
  readonly registryId: string;
  readonly images: Pick<LockedImages, 'find'>;
  readonly locks: LockReader;
}

/**
 * Reads a registry whose locked images it gives out to nobody, us included: the manifest of one that we have locked is
 * what was kept, as long as the registry says that the image is there. It stays locked meanwhile. What is kept is hashed
 * again, as what a registry sends is.
 */
export function createKeptReader(reader: RegistryReader, { registryId, images, locks }: KeptImages): RegistryReader {
  return {
    ...reader,
    async readManifest(repository, reference, signal) {
      const kept = 'digest' in reference ? await images.find({ registryId, repository, ...reference }) : null;
      if (kept === null || !('digest' in reference)) return reader.readManifest(repository, reference, signal);
      const { digest } = reference;
      if ((await locks.read(repository, digest, signal)) === 'gone') return null;
      if (matchesDigest(kept.bytes, digest)) return parseManifest(kept.bytes, digest, kept.mediaType);
      throw new FaultError('RECORD_MALFORMED', `what is kept of ${repository}@${digest} has another digest`, {
        retryable: false,
      });
    },
  };
}

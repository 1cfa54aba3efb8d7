import type { Manifest } from '../domain/manifest.ts';

/**
 * Whether everything a manifest lists was read. Descriptors that name nothing we can fetch are left out when it is
 * read, and of an unreadable one nothing is known; a runtime may read both.
 */
export function isReadWhole({ isPartlyRead, unreadable }: Manifest): boolean {
  return unreadable === undefined && isPartlyRead !== true;
}

import type { Manifest } from '../domain/manifest.ts';
import { FaultError } from '../kit/errors.ts';
import type { EvidenceLook } from './evidence-look.ts';

/** What lies under a tag: a manifest, nothing (`null`), or more than the limits allow, in words. */
export type Tagged = Manifest | null | { readonly cutShort: string };

/**
 * Reads what lies under a tag. Nothing but the registry's word says which bytes belong there, so a page of a proxy must
 * not be taken for broken evidence: what is not even served as a manifest is no answer.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function readTagged({ reader, repository, signal }: EvidenceLook, tag: string): Promise<Tagged> {
  const manifest = await orTooLarge(reader.readManifest(repository, { tag }, signal));
  if (manifest === 'too-large') return overLimit(tag, 'it is larger than any manifest may be');
  if (manifest?.unreadable === undefined) return manifest;
  // Whoever may push can make a manifest long, and what it hides may be good.
  if (manifest.isOverLimit === true) return overLimit(tag, manifest.unreadable);
  if (manifest.mediaType.startsWith('application/vnd.')) return manifest;
  throw new FaultError(
    'REGISTRY_RESPONSE_INVALID',
    `expected a manifest under the tag ${tag}, got something of type "${manifest.mediaType.slice(0, 100)}"`,
    { retryable: true, hint: 'Look at what the registry, or a proxy before it, answers for this tag.' },
  );
}

/**
 * `too-large` where the registry sends more than a manifest may have.
 * @throws whatever else the reading throws
 */
export async function orTooLarge<T>(reading: Promise<T>): Promise<T | 'too-large'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof FaultError && error.code === 'REGISTRY_RESPONSE_TOO_LARGE') return 'too-large';
    throw error;
  }
}

function overLimit(tag: string, why: string): Tagged {
  return { cutShort: `what lies under the tag ${tag} is over the limits: ${why}` };
}

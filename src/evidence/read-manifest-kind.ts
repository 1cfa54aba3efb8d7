import type { Digest } from '../domain/digest.ts';
import { isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import { decideIndexKind, decideKind, isReadableIndex, type Seen } from './decide-kind.ts';
import { readDocument } from './document-types.ts';
import { EVIDENCE_LIMITS } from './evidence-limits.ts';
import { readImageClaims } from './image-claims.ts';
import { INDEX, type ManifestKind } from './manifest-kind.ts';
import { mapBounded } from './map-bounded.ts';

/** A manifest that was pushed. */
export interface PushedManifest {
  readonly reader: Pick<RegistryReader, 'readManifest' | 'readBlob'>;
  readonly repository: string;
  readonly manifest: Manifest;
  /** The tag it was pushed under, if the event named one: tells which image it is about, never what it is. */
  readonly tag?: string;
  /** The most bytes of one layer of evidence; what is larger is none. */
  readonly itemBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Tells what a manifest is, reading as little of it as that takes. What an index is follows from its children: each is
 * looked at, for any of them could be run.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function readManifestKind(pushed: PushedManifest): Promise<ManifestKind> {
  const { manifest, tag } = pushed;
  // Bytes that are no manifest are one of no kind that is known: an image.
  if (!isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined) return readOwnKind(pushed);
  if (!isReadableIndex(manifest)) return INDEX;
  const children = await readChildKinds(pushed);
  return children === null ? INDEX : decideIndexKind(manifest, tag, children);
}

/** `null` as soon as one of them is not there, or an image. */
async function readChildKinds(pushed: PushedManifest): Promise<readonly ManifestKind[] | null> {
  const { manifest, reader, repository, signal } = pushed;
  const { tag: _, ...beside } = pushed;
  let isOfImages = false;
  const kinds = await mapBounded(manifest.manifests, EVIDENCE_LIMITS.concurrency, async ({ digest }) => {
    if (isOfImages) return [];
    const child = await reader.readManifest(repository, { digest }, signal);
    const kind =
      child === null || isIndexMediaType(child.mediaType) ? INDEX : await readOwnKind({ ...beside, manifest: child });
    isOfImages ||= kind.kind === 'image' || kind.kind === 'index';
    return [kind];
  });
  return isOfImages ? null : kinds.flat();
}

/** Of what is read only what it says is kept: layers may be as large as evidence may be. */
async function readOwnKind(pushed: PushedManifest): Promise<ManifestKind> {
  const { manifest, reader, repository, signal, tag, itemBytes = EVIDENCE_LIMITS.itemBytes } = pushed;
  const names = new Map<Digest, ReturnType<typeof readDocument>>();
  let seen: Seen = { names, itemBytes, ...(tag !== undefined && { tag }) };
  for (;;) {
    const decision = decideKind(manifest, seen);
    if (decision.kind === 'unread-config') {
      seen = { ...seen, claims: readImageClaims(await reader.readBlob(repository, decision.config, signal)) };
    } else if (decision.kind === 'unread-layers') {
      await mapBounded(decision.layers, EVIDENCE_LIMITS.concurrency, async (layer) => {
        const bytes = await reader.readBlob(repository, layer, signal);
        names.set(layer.digest, readDocument(decision.as, layer.mediaType, bytes));
      });
    } else {
      return decision;
    }
  }
}

import type { Digest } from '../domain/digest.ts';
import { type Descriptor, isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import { decideIndexKind, decideKind, isReadableIndex, type Seen } from './decide-kind.ts';
import { parseDocument } from './document-types.ts';
import { EVIDENCE_LIMITS } from './evidence-limits.ts';
import type { HeavyGate } from './heavy-gate.ts';
import { parseImageClaims } from './image-claims.ts';
import { IMAGE, INDEX, type ManifestKind } from './manifest-kind.ts';
import { mapBounded } from './map-bounded.ts';
import { type PushReading, startPushReading } from './push-reading.ts';
import { orTooLarge } from './read-tagged.ts';

/** A manifest that was pushed. */
export interface PushedManifest {
  readonly reader: Pick<RegistryReader, 'host' | 'readManifest' | 'readBlob'>;
  readonly repository: string;
  readonly manifest: Manifest;
  /** The tag it was pushed under, if the event named one: tells which image it is about, never what it is. */
  readonly tag?: string;
  /** The most bytes of one layer of evidence; what is larger is none. */
  readonly itemBytes?: number;
  /** Told of each part that it names and that is not there, or is larger than it says. */
  readonly onGap?: (digest: Digest) => void;
  /** Where looks wait that hold much. */
  readonly heavyLooks?: HeavyGate;
  readonly signal?: AbortSignal;
}

interface Push extends PushedManifest {
  readonly reading: PushReading;
}

/**
 * Tells what a manifest is, reading as little of it as that takes. What an index is follows from its children: each is
 * looked at, for any of them could be run. A part that is not there may be pushed any time: nothing it could say is
 * believed, so what names it is an image.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function readManifestKind(pushed: PushedManifest): Promise<ManifestKind> {
  const { reader, repository, heavyLooks, signal } = pushed;
  const reading = startPushReading({ registry: reader.host, repository, heavyLooks, signal });
  try {
    return await readKind({ ...pushed, reading });
  } finally {
    reading.end();
  }
}

async function readKind(pushed: Push): Promise<ManifestKind> {
  const { manifest, tag } = pushed;
  // Bytes that are no manifest count as an image, as nobody knows what a runtime makes of them.
  if (!isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined) return readOwnKind(pushed);
  if (!isReadableIndex(manifest)) return INDEX;
  const children = await readChildKinds(pushed);
  return children === null ? INDEX : decideIndexKind(manifest, tag, children);
}

/** `null` as soon as one of them is not there, or an image. */
async function readChildKinds(pushed: Push): Promise<readonly ManifestKind[] | null> {
  const { manifest, reader, repository, reading, signal } = pushed;
  const { tag: _, ...beside } = pushed;
  let isOfImages = false;
  const kinds = await mapBounded(manifest.manifests, EVIDENCE_LIMITS.concurrency, async ({ digest, size }) => {
    isOfImages ||= !(await reading.mayRead(size));
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
async function readOwnKind(pushed: Push): Promise<ManifestKind> {
  const { manifest, reading, tag, itemBytes = EVIDENCE_LIMITS.itemBytes } = pushed;
  const names = new Map<Digest, ReturnType<typeof parseDocument>>();
  let seen: Seen = { names, itemBytes, ...(tag !== undefined && { tag }) };
  for (;;) {
    const decision = decideKind(manifest, seen);
    if (decision.kind === 'unread-config') {
      if (!(await reading.mayRead(decision.config.size))) return IMAGE;
      const bytes = await readPart(pushed, decision.config);
      seen = { ...seen, claims: bytes === null ? null : parseImageClaims(bytes) };
    } else if (decision.kind === 'unread-layers') {
      if (!(await reading.mayRead(decision.layers.reduce((sum, { size }) => sum + size, 0)))) return IMAGE;
      await mapBounded(decision.layers, EVIDENCE_LIMITS.concurrency, async (layer) => {
        const bytes = await readPart(pushed, layer);
        names.set(layer.digest, bytes === null ? null : parseDocument(decision.as, layer.mediaType, bytes));
      });
    } else {
      return decision;
    }
  }
}

/** `null` if there is no such part, or not of its size: the word of whoever pushed what names it. */
async function readPart(
  { reader, repository, signal, onGap }: PushedManifest,
  part: Descriptor,
): Promise<Uint8Array | null> {
  const bytes = await orTooLarge(reader.readBlob(repository, part, signal));
  if (bytes !== null && bytes !== 'too-large') return bytes;
  onGap?.(part.digest);
  return null;
}

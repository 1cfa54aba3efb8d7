import { type Digest, digestOf, matchesDigest } from '../../src/domain/digest.ts';
import type { Descriptor, Manifest } from '../../src/domain/manifest.ts';
import { FaultError } from '../../src/kit/errors.ts';
import type { LabelReader, LabelWriter } from '../../src/ports/labels.ts';
import type { LockReader, LockWriter } from '../../src/ports/locks.ts';
import type { ReferrersAnswer, RegistryReader } from '../../src/ports/registry-reader.ts';
import type { TagWriter } from '../../src/ports/tag-writer.ts';
import { parseManifest } from '../../src/registry/parse-manifest.ts';

export interface MemoryRegistryOptions {
  readonly host?: string;
  /** Whether there is a referrers API; true by default. Without one, clients keep an index under the fallback tag. */
  readonly referrersApi?: boolean;
  /** Whether tags can be deleted; true by default. */
  readonly deletesTags?: boolean;
  /** Descriptors after which a listing is cut short; 1,000 by default. */
  readonly listingLimit?: number;
}

/** What a request is recognised by, e.g. `GET acme/app manifests/v1`; writes begin with `PUT` or `DELETE`. */
export type RequestLine = string;

/** A registry in memory, for tests of what reads and writes one. Everything pushed is addressed by its digest. */
export interface MemoryRegistry {
  readonly host: string;
  readonly reader: RegistryReader;
  readonly writer: TagWriter;
  readonly locks: { readonly reader: LockReader; readonly writer: LockWriter };
  /** Locks an image, or opens it, as people do. */
  setLock(digest: Digest, isLocked: boolean): void;
  isLocked(digest: Digest): boolean;
  readonly labels: { readonly reader: LabelReader; readonly writer: LabelWriter };
  /** The labels of an image. */
  labelsOf(digest: Digest): readonly string[];
  /** Every request so far, in order. */
  readonly requests: readonly RequestLine[];
  /** The most requests that were under way at the same time. */
  readonly mostAtOnce: () => number;
  clearRequests(): void;
  /** Answers requests whose line contains this text with a fault, from now on or (`undefined`) no longer. */
  failOn(text: string, fault: FaultError | undefined): void;
  /** Never answers requests whose line contains this text. */
  hangOn(text: string): void;
  /** Stores a manifest, under a tag if one is given; an object is written out as JSON. */
  putManifest(repository: string, content: object | Uint8Array, mediaType: string, tag?: string): StoredManifest;
  putBlob(bytes: Uint8Array | string): { readonly digest: Digest; readonly size: number };
  /** Removes a manifest, and with it every tag that points to it. */
  removeManifest(digest: Digest): void;
  removeBlob(digest: Digest): void;
  removeTag(repository: string, tag: string): void;
  /** The tags of a repository with what they point to. */
  tags(repository: string): Readonly<Record<string, Digest>>;
}

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Starts an empty registry. */
export function createMemoryRegistry(options: MemoryRegistryOptions = {}): MemoryRegistry {
  const manifests = new Map<string, StoredManifest>();
  const blobs = new Map<Digest, Uint8Array>();
  const tags = new Map<string, Digest>();
  const hung = new Set<string>();
  const locked = new Set<string>();
  const faults = new Map<string, FaultError>();
  const hanging: string[] = [];
  const requests: RequestLine[] = [];
  // That there is no referrers API is asked once.
  let knowsCapabilities = false;
  let underWay = 0;
  let mostAtOnce = 0;

  /** One request: counted, delayed by a turn of the event loop, failed where a test wants it. */
  const request = async <T>(line: RequestLine, signal: AbortSignal | undefined, answer: () => T): Promise<T> => {
    requests.push(line);
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    try {
      await new Promise(setImmediate);
      if (signal !== undefined && hanging.some((text) => line.includes(text))) await aborted(signal);
      signal?.throwIfAborted();
      for (const [text, fault] of faults) if (line.includes(text)) throw fault;
      return answer();
    } finally {
      underWay--;
    }
  };

  const putManifest: MemoryRegistry['putManifest'] = (repository, content, mediaType, tag) => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    const stored = { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
    manifests.set(`${repository} ${stored.digest}`, stored);
    if (tag !== undefined) tags.set(`${repository} ${tag}`, stored.digest);
    return stored;
  };

  const listReferrers = (repository: string, subject: Digest): ReferrersAnswer => {
    const all = [...manifests]
      .filter(([key]) => key.startsWith(`${repository} `))
      .map(([, stored]) => parseManifest(stored.bytes, stored.digest, stored.mediaType))
      .filter((manifest) => manifest.subject?.digest === subject)
      .map(describeReferrer);
    const limit = options.listingLimit ?? 1_000;
    if (all.length <= limit) return { kind: 'listed', descriptors: all };
    return { kind: 'listed', descriptors: all.slice(0, limit), cutShort: `more than ${limit} artifacts refer to it` };
  };

  const reader: RegistryReader = {
    host: options.host ?? 'registry.example.com',
    readManifest: (repository, reference, signal) => {
      const name = 'tag' in reference ? reference.tag : reference.digest;
      return request(`GET ${repository} manifests/${name}`, signal, () => {
        const digest = 'tag' in reference ? tags.get(`${repository} ${reference.tag}`) : reference.digest;
        const stored = manifests.get(`${repository} ${digest}`);
        // As Azure says it.
        if (stored !== undefined && locked.has(stored.digest))
          throw new FaultError('REGISTRY_ERROR', 'the operation is disallowed on this image', { retryable: false });
        return stored === undefined ? null : parseManifest(stored.bytes, stored.digest, stored.mediaType);
      });
    },
    listReferrers: (repository, digest, signal) => {
      if (options.referrersApi === false && knowsCapabilities) return Promise.resolve({ kind: 'unsupported' });
      knowsCapabilities = true;
      return request(`GET ${repository} referrers/${digest}`, signal, () =>
        options.referrersApi === false ? { kind: 'unsupported' } : listReferrers(repository, digest),
      );
    },
    readBlob: (repository, { digest, size }, signal) =>
      request(`GET ${repository} blobs/${digest}`, signal, () => {
        const bytes = blobs.get(digest);
        if (bytes !== undefined && bytes.length <= size) return bytes;
        if (bytes !== undefined) {
          throw new FaultError('REGISTRY_RESPONSE_TOO_LARGE', `more than ${size} bytes`, { retryable: false });
        }
        return null;
      }),
    probe: (repository, signal) => request(`GET ${repository ?? ''} probe`, signal, () => undefined),
  };

  const writer: TagWriter = {
    putTag: (repository, tag, manifest, signal) =>
      request(`PUT ${repository} manifests/${tag}`, signal, () => {
        if (!matchesDigest(manifest.bytes, manifest.digest)) throw new Error('the bytes are not those of the digest');
        putManifest(repository, manifest.bytes, manifest.mediaType, tag);
      }),
    putBlob: (repository, bytes, signal) =>
      request(`PUT ${repository} blobs/${digestOf(bytes)}`, signal, () => {
        blobs.set(digestOf(bytes), bytes);
        return digestOf(bytes);
      }),
    deleteTag: (repository, tag, signal) =>
      request(`DELETE ${repository} manifests/${tag}`, signal, () => {
        if (options.deletesTags === false) return 'refused';
        return tags.delete(`${repository} ${tag}`) ? 'deleted' : 'absent';
      }),
  };

  const setLock = (repository: string, digest: Digest, isLocked: boolean) => {
    if (!manifests.has(`${repository} ${digest}`)) return 'gone';
    if (isLocked) locked.add(digest);
    else locked.delete(digest);
    return undefined;
  };
  const locks: MemoryRegistry['locks'] = {
    reader: {
      read: (repository, digest, signal) =>
        request(`GET ${repository} lock ${digest}`, signal, () => {
          if (!manifests.has(`${repository} ${digest}`)) return 'gone';
          return locked.has(digest) ? 'locked' : 'open';
        }),
    },
    writer: {
      lock: (repository, digest, signal) =>
        request(`PUT ${repository} lock ${digest}`, signal, () => setLock(repository, digest, true) ?? 'locked'),
      unlock: (repository, digest, signal) =>
        request(`DELETE ${repository} lock ${digest}`, signal, () => setLock(repository, digest, false) ?? 'open'),
    },
  };
  const labels: MemoryRegistry['labels'] = {
    reader: {
      read: (repository, digest, label, signal) =>
        request(`GET ${repository} labels/${label} ${digest}`, signal, () => {
          if (!manifests.has(`${repository} ${digest}`)) return 'gone';
          return hung.has(`${digest} ${label}`) ? 'on' : 'off';
        }),
    },
    writer: {
      add: (repository, digest, label, signal) =>
        request(`PUT ${repository} labels/${label} ${digest}`, signal, () => {
          if (!manifests.has(`${repository} ${digest}`)) return 'gone';
          hung.add(`${digest} ${label}`);
          return 'on';
        }),
      remove: (repository, digest, label, signal) =>
        request(`DELETE ${repository} labels/${label} ${digest}`, signal, () => {
          if (!manifests.has(`${repository} ${digest}`)) return 'gone';
          return hung.delete(`${digest} ${label}`) ? 'removed' : 'absent';
        }),
    },
  };

  return {
    host: reader.host,
    reader,
    writer,
    locks,
    setLock: (digest, isLocked) => void (isLocked ? locked.add(digest) : locked.delete(digest)),
    isLocked: (digest) => locked.has(digest),
    labels,
    labelsOf: (digest) =>
      [...hung].filter((each) => each.startsWith(`${digest} `)).map((each) => each.slice(digest.length + 1)),
    requests,
    mostAtOnce: () => mostAtOnce,
    clearRequests: () => {
      requests.length = 0;
      mostAtOnce = 0;
    },
    hangOn: (text) => void hanging.push(text),
    failOn: (text, fault) => {
      if (fault === undefined) faults.delete(text);
      else faults.set(text, fault);
    },
    putManifest,
    putBlob: (content) => {
      const bytes = Buffer.from(content);
      blobs.set(digestOf(bytes), bytes);
      return { digest: digestOf(bytes), size: bytes.length };
    },
    removeManifest: (digest) => {
      for (const key of manifests.keys()) if (key.endsWith(` ${digest}`)) manifests.delete(key);
      for (const [key, pointsTo] of tags) if (pointsTo === digest) tags.delete(key);
    },
    removeBlob: (digest) => void blobs.delete(digest),
    removeTag: (repository, tag) => void tags.delete(`${repository} ${tag}`),
    tags: (repository) =>
      Object.fromEntries(
        [...tags]
          .filter(([key]) => key.startsWith(`${repository} `))
          .map(([key, digest]) => [key.slice(repository.length + 1), digest]),
      ),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** How the referrers API describes a manifest (distribution-spec 1.1 "Listing Referrers"). */
function describeReferrer(manifest: Manifest): Descriptor {
  const { mediaType, digest, bytes, artifactType = manifest.config?.mediaType, annotations } = manifest;
  return { mediaType, digest, size: bytes.length, ...(artifactType !== undefined && { artifactType }), annotations };
}

import { readdirSync, readFileSync } from 'node:fs';
import type { Digest } from '../../../src/domain/digest.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../memory-registry.ts';

/** What every recording of one run shares. */
export interface RecordedWorld {
  /** Version of cosign. */
  readonly cosign: string;
  readonly recordedAt: string;
  /** Public keys by name, PEM. */
  readonly keys: Readonly<Record<string, string>>;
  /** The `trusted_root.json` of the private Sigstore. */
  readonly trustedRoot: string;
  /** What cosign would not sign. */
  readonly refusals: readonly SigningRefusal[];
}

export interface SigningRefusal {
  readonly name: string;
  readonly command: string;
  readonly says: string;
}

/** Who is asked for: a key by its name, or an identity. */
export type WantedSigner = { readonly key: string } | { readonly issuer: string; readonly subject: string };

/** What an image was asked to prove, and what cosign answered. */
export interface Question {
  readonly name: string;
  readonly image: Digest;
  readonly signer: WantedSigner;
  /** Predicate type of the attestation asked for; a signature without one. */
  readonly type?: string;
  /** What must vouch for the signature besides. */
  readonly proof: 'none' | 'log' | 'timestamp' | 'log and timestamp';
  /** Whether the certificate must be in a log of certificates; it must by default. */
  readonly sct?: 'ignored';
}

export interface Answer {
  /** cosign's arguments. */
  readonly command: string;
  readonly exitCode: number;
  /** What it gave as the reason, if it refused. */
  readonly says?: string;
}

/** A repository as cosign left it, with cosign's own verdicts. */
export interface Recording {
  readonly name: string;
  readonly about: string;
  /** What was run to sign, in order; what was changed by hand afterwards. */
  readonly signing: readonly string[];
  /** Whether the registry has a referrers API; without one there is the fallback tag. */
  readonly referrersApi: boolean;
  readonly repository: string;
  readonly questions: readonly (Question & { readonly answer: Answer })[];
  readonly tags: Readonly<Record<string, Digest>>;
  readonly manifests: readonly { readonly mediaType: string; readonly text: string }[];
  /** Blobs that are evidence, as text. */
  readonly blobs: readonly string[];
}

const FOLDER = new URL('../../fixtures/cosign/', import.meta.url);
export const WORLD_FILE = 'world.json';

export function recordingsFolder(): URL {
  return FOLDER;
}

export function readRecordedWorld(): RecordedWorld {
  return readJson(WORLD_FILE) as RecordedWorld;
}

/** Every recording, by name. */
export function readRecordings(): readonly Recording[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== WORLD_FILE)
    .toSorted()
    .map((file) => readJson(file) as Recording);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}

/** A registry that holds what the recording found. */
export function replay(recording: Recording): MemoryRegistry {
  const registry = createMemoryRegistry({ referrersApi: recording.referrersApi, host: REPLAY_HOST });
  for (const text of recording.blobs) registry.putBlob(text);
  for (const { mediaType, text } of recording.manifests) {
    const { digest } = registry.putManifest(recording.repository, Buffer.from(text), mediaType);
    for (const [tag, tagged] of Object.entries(recording.tags)) {
      if (tagged === digest) registry.putManifest(recording.repository, Buffer.from(text), mediaType, tag);
    }
  }
  return registry;
}

/** Host of the registry in recordings and replays: the port of the real one differs each time. */
export const REPLAY_HOST = 'registry.test';

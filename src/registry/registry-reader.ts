import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  matchesDigest,
  parseDigest,
  shortDigest,
} from '../domain/digest.ts';
import { type Descriptor, MANIFEST_MEDIA_TYPES, type Manifest } from '../domain/manifest.ts';
import { FaultError } from '../kit/errors.ts';
import { finishInTurns } from '../kit/io/finish-in-turns.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import type { CapabilityMemory } from './capability-memory.ts';
import { repositoryUrl, tagUrl } from './http/registry-url.ts';
import { createReferrersLister } from './list-referrers.ts';
import { parseManifestInSteps } from './parse-manifest.ts';
import type { RegistryClient } from './registry-client.ts';
import { isDefiniteAbsence, replyFault } from './registry-fault.ts';

/** Everything we know how to read; a registry may otherwise convert a manifest, and its digest with it. */
const ACCEPT = MANIFEST_MEDIA_TYPES.join(', ');

/** Creates the reader of one registry. Every manifest and blob it returns has been hashed. */
export function createRegistryReader(client: RegistryClient, memory: Pick<CapabilityMemory, 'learn'>): RegistryReader {
  return {
    host: client.host,
    readManifest: (repository, reference, signal) => readManifest(client, repository, reference, signal),
    listReferrers: createReferrersLister(client, memory),
    readBlob: (repository, blob, signal) => readBlob(client, repository, blob, signal),
    probe: (repository, signal) => probeRegistry(client, repository, signal),
  };
}

async function readManifest(
  client: RegistryClient,
  repository: string,
  reference: { readonly digest: Digest } | { readonly tag: string },
  signal?: AbortSignal,
): Promise<Manifest | null> {
  const { base, host, limits } = client;
  const isDigest = 'digest' in reference;
  const what = isDigest ? `${repository}@${reference.digest}` : `${repository}:${reference.tag}`;
  const url = isDigest
    ? repositoryUrl(base, repository, `manifests/${reference.digest}`)
    : tagUrl(base, repository, reference.tag);
  const reply = await client.send(
    { method: 'GET', url, repository, actions: ['pull'], headers: { accept: ACCEPT }, maxBytes: limits.manifestBytes },
    signal,
  );
  if (isDefiniteAbsence(reply)) return null;
  if (reply.status !== 200) throw replyFault(reply, host, what);
  // By tag there is only the registry's own word to compare with, and its header is no more than a hint.
  const claimed = isDigest ? reference.digest : parseDigest(reply.header('docker-content-digest'));
  const digest = claimed ?? digestOf(reply.body);
  if (!matchesDigest(reply.body, digest)) throw mismatch(host, what, digest);
  return finishInTurns(parseManifestInSteps(reply.body, digest, reply.header('content-type')));
}

async function readBlob(
  client: RegistryClient,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const { base, host, limits } = client;
  const what = `the blob ${shortDigest(blob.digest)} of ${repository}`;
  if (blob.size > limits.blobBytes) {
    throw new FaultError(
      'REGISTRY_RESPONSE_TOO_LARGE',
      `${host}: expected ${what} to have at most ${limits.blobBytes} bytes, its descriptor says ${blob.size}`,
      { retryable: false },
    );
  }
  const url = repositoryUrl(base, repository, `blobs/${blob.digest}`);
  const reply = await client.send({ method: 'GET', url, repository, actions: ['pull'], maxBytes: blob.size }, signal);
  if (isDefiniteAbsence(reply)) return null;
  if (reply.status !== 200) throw replyFault(reply, host, what);
  if (!(await matchesDigestInTurns(reply.body, blob.digest))) throw mismatch(host, what, blob.digest);
  return reply.body;
}

function mismatch(host: string, what: string, digest: Digest): FaultError {
  return new FaultError('DIGEST_MISMATCH', `${host} sent other bytes than ${digest} for ${what}`, {
    retryable: true,
    hint: 'A damaged store, a proxy that rewrites, or somebody in between: look into it.',
  });
}

/** Hashed within 5 ms; 64 MiB at once would hold up everybody else for 100. */
const SLICE_BYTES = 4 * 1024 * 1024;

/** Whether these bytes have this digest; others get their turn in between. */
async function matchesDigestInTurns(bytes: Uint8Array, digest: Digest): Promise<boolean> {
  const hash = createHash(digestAlgorithm(digest));
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
  }
  return hash.digest('hex') === digestHex(digest);
}

/**
 * Asks whether a registry answers, knows us and, with a repository, lets us read it.
 * @throws {FaultError} that says what is wrong and what to do.
 */
async function probeRegistry(
  client: RegistryClient,
  repository: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { base, host, limits } = client;
  const maxBytes = limits.manifestBytes;
  const ping = await client.send({ method: 'GET', url: new URL('/v2/', base), actions: [], maxBytes }, signal);
  if (ping.status !== 200) throw replyFault(ping, host, 'GET /v2/');
  if (repository === undefined) return;
  const url = repositoryUrl(base, repository, 'tags/list?n=1');
  const tags = await client.send({ method: 'GET', url, repository, actions: ['pull'], maxBytes }, signal);
  if (tags.status !== 200) throw replyFault(tags, host, `the tags of ${repository}`);
}

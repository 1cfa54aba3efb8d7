import { type Digest, digestOf, matchesDigest, parseDigest, shortDigest } from '../domain/digest.ts';
import { MANIFEST_MEDIA_TYPES } from '../domain/manifest.ts';
import { FaultError } from '../kit/errors.ts';
import type { TagWriter } from '../ports/tag-writer.ts';
import type { HttpReply } from './http/http-transport.ts';
import { repositoryUrl, tagUrl } from './http/registry-url.ts';
import type { RegistryAction, RegistryClient } from './registry-client.ts';
import { isDefiniteAbsence, isTooMany, parseErrorCodes, replyFault } from './registry-fault.ts';

type ManifestBytes = Parameters<TagWriter['putTag']>[2];

const WRITE: readonly RegistryAction[] = ['pull', 'push'];

/** What a registry says when it will not have this tag: bad request, no such right, conflict, immutable (Harbor 412). */
const REFUSALS = new Set([400, 405, 409, 412, 422]);
/**
 * What it says when it will not delete a tag: the same (distribution 2.8 answers 400 DIGEST_INVALID to any tag, GHCR 405),
 * or that these credentials may write and not delete. The last two are no reason to leave the tag: writing may be allowed.
 */
const DELETE_REFUSALS = new Set([...REFUSALS, 401, 403, 501]);

/** A registry that deletes no tag at all says so; the others are about this tag, or about these credentials. */
const NO_UNTAG = new Set([400, 405, 501]);

/** What is known and learned about whether tags can be deleted. */
export interface UntagMemory {
  isKnownMissing(capability: 'untag'): boolean;
  learn(fact: { capability: 'untag'; support: 'no'; by: 'writing'; repository: string }): void;
}

/**
 * Creates the writer of one registry: PUT and DELETE of tags, PUT of tiny blobs. It has no way to delete a digest. Where
 * it is known that no tag can be deleted, that is not tried.
 */
export function createTagWriter(client: RegistryClient, memory: UntagMemory): TagWriter {
  return {
    putTag: (repository, tag, manifest, signal) => putTag(client, repository, tag, manifest, signal),
    putBlob: (repository, bytes, signal) => putBlob(client, repository, bytes, signal),
    deleteTag: async (repository, tag, signal) =>
      memory.isKnownMissing('untag') ? 'refused' : await deleteTag({ client, memory }, repository, tag, signal),
  };
}

async function putTag(
  client: RegistryClient,
  repository: string,
  tag: string,
  manifest: ManifestBytes,
  signal?: AbortSignal,
): Promise<void> {
  const { base, host, limits } = client;
  const what = `writing the tag ${tag} in ${repository}`;
  const headers = { 'content-type': manifest.mediaType };
  const url = tagUrl(base, repository, tag);
  const reply = await client.send(
    { method: 'PUT', url, repository, actions: WRITE, headers, body: manifest.bytes, maxBytes: limits.manifestBytes },
    signal,
  );
  if (reply.status === 201 || reply.status === 200) return assertSameDigest(reply, manifest, host, what);
  if (!REFUSALS.has(reply.status)) throw replyFault(reply, host, what);
  // With immutable tags a second PUT of the very same bytes is refused as well: then all is as it should be.
  if (await pointsTo(client, repository, tag, manifest.digest, signal)) return;
  throw refused(reply, host, what);
}

function assertSameDigest(reply: HttpReply, manifest: ManifestBytes, host: string, what: string): void {
  const stored = parseDigest(reply.header('docker-content-digest'));
  if (stored === undefined || matchesDigest(manifest.bytes, stored)) return;
  throw new FaultError('DIGEST_MISMATCH', `${host} stored other bytes than it was sent when ${what}`, {
    retryable: true,
  });
}

async function pointsTo(
  client: RegistryClient,
  repository: string,
  tag: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean> {
  const headers = { accept: MANIFEST_MEDIA_TYPES.join(', ') };
  const url = tagUrl(client.base, repository, tag);
  const maxBytes = client.limits.manifestBytes;
  const reply = await client.send({ method: 'GET', url, repository, actions: WRITE, headers, maxBytes }, signal);
  return reply.status === 200 && matchesDigest(reply.body, digest);
}

async function deleteTag(
  { client, memory }: { readonly client: RegistryClient; readonly memory: UntagMemory },
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<'deleted' | 'absent' | 'refused'> {
  const { base, host, limits } = client;
  const url = tagUrl(base, repository, tag);
  const actions: readonly RegistryAction[] = ['pull', 'push', 'delete'];
  const request = { method: 'DELETE', url, repository, actions, maxBytes: limits.manifestBytes } as const;
  const reply = await client.send(request, signal).catch(refusedToken);
  if (reply === 'refused') return 'refused';
  if (reply.status >= 200 && reply.status < 300) return 'deleted';
  if (isDefiniteAbsence(reply)) return 'absent';
  const isUnsupported = parseErrorCodes(reply).includes('UNSUPPORTED');
  const isRefusal = DELETE_REFUSALS.has(reply.status) || isUnsupported;
  if (!isRefusal || isTooMany(reply)) throw replyFault(reply, host, `deleting the tag ${tag} in ${repository}`);
  if (NO_UNTAG.has(reply.status) || isUnsupported) {
    memory.learn({ capability: 'untag', support: 'no', by: 'writing', repository });
  }
  return 'refused';
}

/** A token service that gives no token with the right to delete refuses as the registry would. */
function refusedToken(error: unknown): 'refused' {
  if (error instanceof FaultError && (error.code === 'REGISTRY_UNAUTHORIZED' || error.code === 'REGISTRY_DENIED')) {
    return 'refused';
  }
  throw error;
}

/** HEAD, and where it is missing POST and PUT in one piece (distribution-spec "POST then PUT"). */
async function putBlob(
  client: RegistryClient,
  repository: string,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<Digest> {
  const { base, host } = client;
  const digest = digestOf(bytes);
  const what = `storing the blob ${shortDigest(digest)} in ${repository}`;
  const shared = { repository, actions: WRITE, maxBytes: client.limits.manifestBytes };
  const there = await client.send(
    { method: 'HEAD', url: repositoryUrl(base, repository, `blobs/${digest}`), ...shared },
    signal,
  );
  if (there.status === 200) return digest;
  const opened = await client.send(
    { method: 'POST', url: repositoryUrl(base, repository, 'blobs/uploads/'), ...shared },
    signal,
  );
  if (opened.status !== 202) throw replyFault(opened, host, what);
  const url = uploadUrl(opened, base, host);
  url.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const stored = await client.send({ method: 'PUT', url, headers, body: bytes, ...shared }, signal);
  if (stored.status !== 201) throw replyFault(stored, host, what);
  return digest;
}

function uploadUrl(reply: HttpReply, base: URL, host: string): URL {
  const location = reply.header('location');
  const url = location === undefined ? null : URL.parse(location, base.href);
  if (url !== null && url.origin === base.origin && url.username === '') return url;
  throw new FaultError(
    'REGISTRY_RESPONSE_INVALID',
    `${host}: expected a place for the upload of its own, got another`,
    {
      retryable: false,
      hint: 'Behind a proxy the registry must know its own public URL.',
    },
  );
}

function refused(reply: HttpReply, host: string, what: string): FaultError {
  const fault = replyFault(reply, host, what);
  return new FaultError('TAG_WRITE_REFUSED', fault.message, {
    retryable: false,
    cause: fault,
    ...(fault.remoteCode !== undefined && { remoteCode: fault.remoteCode }),
    hint: 'If tags are immutable there, exempt the quarantine tags from the rule.',
  });
}

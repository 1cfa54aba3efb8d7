import { type Digest, digestOf, parseDigest } from '../../domain/digest.ts';
import { MANIFEST_MEDIA_TYPES } from '../../domain/manifest.ts';
import type { HttpRequest } from '../http/http-transport.ts';
import { tagUrl } from '../http/registry-url.ts';
import type { RegistryClient } from '../registry-client.ts';
import { isDefiniteAbsence, type RegistryReply, replyFault } from '../registry-fault.ts';

const ACCEPT = MANIFEST_MEDIA_TYPES.join(', ');

/** Answers of registries and proxies that know no HEAD here. */
const NO_HEAD = new Set([400, 404, 405, 501]);

/**
 * What a tag leads to: by HEAD, and by GET where that tells no digest. It is only where to look: what is read there is
 * hashed. `null` for the registry's own 404. @throws {FaultError} could not tell
 */
export async function resolveTag(
  client: RegistryClient,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<Digest | null> {
  const ask = (method: HttpRequest['method']): Promise<RegistryReply> => {
    const url = tagUrl(client.base, repository, tag);
    const maxBytes = client.limits.manifestBytes;
    const headers = { accept: ACCEPT };
    return client.send({ method, url, repository, actions: ['pull'], isBackground: true, headers, maxBytes }, signal);
  };
  const head = await ask('HEAD');
  if (isDefiniteAbsence(head)) return null;
  const told = head.status === 200 ? parseDigest(head.header('docker-content-digest')) : undefined;
  if (told !== undefined) return told;
  const what = `${repository}:${tag}`;
  if (head.status !== 200 && !NO_HEAD.has(head.status)) throw replyFault(head, client.host, what);
  const reply = await ask('GET');
  if (isDefiniteAbsence(reply)) return null;
  if (reply.status !== 200) throw replyFault(reply, client.host, what);
  return digestOf(reply.body);
}

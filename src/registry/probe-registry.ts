import { repositoryUrl } from './http/registry-url.ts';
import type { RegistryClient } from './registry-client.ts';
import { replyFault } from './registry-fault.ts';

/**
 * Asks whether a registry answers, knows us and, with a repository, lets us read it.
 * @throws {FaultError} that says what is wrong and what to do.
 */
export async function probeRegistry(
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

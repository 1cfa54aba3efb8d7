// The room `registry/locks`: registries that can keep an image from being pulled.

import type { Digest } from '../../domain/digest.ts';
import { isRepositoryName } from '../../domain/image-reference.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { LockReader, LockState, LockWriter } from '../../ports/locks.ts';
import type { RegistryAction, RegistryClient } from '../registry-client.ts';
import { isDefiniteAbsence, type RegistryReply, replyFault } from '../registry-fault.ts';

const READ: readonly RegistryAction[] = ['metadata_read'];
const WRITE: readonly RegistryAction[] = ['metadata_read', 'metadata_write'];
/** The attributes of one manifest have less than a KiB. */
const MAX_BYTES = 64 * 1024;

/** Creates what sees locks in an Azure Container Registry. https://learn.microsoft.com/azure/container-registry/container-registry-image-lock */
export function createAcrLockReader(client: RegistryClient): LockReader {
  return { read: (repository, digest, signal) => readState(client, READ, { repository, digest }, signal) };
}

/**
 * Creates what locks images there: it sets `readEnabled` of a manifest by ACR's own API, and no other attribute, so that
 * whoever has locked it against writes or deletion finds that as it was.
 */
export function createAcrLockWriter(client: RegistryClient): LockWriter {
  async function set(repository: string, digest: Digest, wanted: 'locked' | 'open', signal?: AbortSignal) {
    const target = { repository, digest };
    const body = Buffer.from(JSON.stringify({ readEnabled: wanted === 'open' }));
    const headers = { 'content-type': 'application/json' };
    const url = manifestUrl(client, target);
    const reply = await client.send(
      { method: 'PATCH', url, repository, actions: WRITE, headers, body, maxBytes: MAX_BYTES },
      signal,
    );
    if (isDefiniteAbsence(reply)) return 'gone';
    const what = `${wanted === 'locked' ? 'locking' : 'opening'} ${repository}@${digest}`;
    if (reply.status < 200 || reply.status > 299) throw replyFault(reply, client.host, what);
    // A lock is believed when it is seen: nobody is told of one that is not there.
    const state = await readState(client, WRITE, target, signal);
    if (state === wanted || state === 'gone') return state;
    throw new FaultError('REGISTRY_ERROR', `${client.host} took a change and did not make it: ${what}`, {
      retryable: true,
    });
  }
  return {
    lock: async (repository, digest, signal) =>
      (await set(repository, digest, 'locked', signal)) === 'gone' ? 'gone' : 'locked',
    unlock: async (repository, digest, signal) =>
      (await set(repository, digest, 'open', signal)) === 'gone' ? 'gone' : 'open',
  };
}

interface Target {
  readonly repository: string;
  readonly digest: Digest;
}

function manifestUrl(client: RegistryClient, { repository, digest }: Target): URL {
  if (isRepositoryName(repository)) return new URL(`/acr/v1/${repository}/_manifests/${digest}`, client.base);
  throw new InvalidInputError('REFERENCE_INVALID', 'expected the name of a repository such as acme/app, got another');
}

async function readState(
  client: RegistryClient,
  actions: readonly RegistryAction[],
  target: Target,
  signal?: AbortSignal,
): Promise<LockState> {
  const { repository } = target;
  const url = manifestUrl(client, target);
  const reply = await client.send({ method: 'GET', url, repository, actions, maxBytes: MAX_BYTES }, signal);
  if (isDefiniteAbsence(reply)) return 'gone';
  if (reply.status !== 200) throw replyFault(reply, client.host, `the attributes of ${repository}@${target.digest}`);
  const isReadable = readEnabledIn(reply, target);
  if (isReadable !== undefined) return isReadable ? 'open' : 'locked';
  throw new FaultError(
    'REGISTRY_RESPONSE_INVALID',
    `${client.host}: expected the attributes of ${repository}@${target.digest}, got something else`,
    { retryable: false, hint: 'Check `kind` of this registry.' },
  );
}

function readEnabledIn(reply: RegistryReply, { digest }: Target): boolean | undefined {
  const manifest = member(parse(reply), 'manifest');
  if (member(manifest, 'digest') !== digest) return undefined;
  const isReadable = member(member(manifest, 'changeableAttributes'), 'readEnabled');
  return typeof isReadable === 'boolean' ? isReadable : undefined;
}

function parse(reply: RegistryReply): Json | undefined {
  try {
    return parseJson(reply.body);
  } catch {
    return undefined;
  }
}

function member(of: Json | undefined, name: string): Json | undefined {
  return isJsonObject(of) ? of[name] : undefined;
}

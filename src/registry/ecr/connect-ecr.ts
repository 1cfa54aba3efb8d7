// The room `registry/ecr`: what Amazon ECR does in its own way, by the API of AWS.

import type { EcrPlace } from '../../domain/ecr-host.ts';
import type { RegistryCredentials } from '../../domain/registry-credentials.ts';
import { FaultError } from '../../kit/errors.ts';
import type { LockReader, LockWriter } from '../../ports/locks.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import type { TagWriter } from '../../ports/tag-writer.ts';
import type { CredentialSource } from '../auth/credential-source.ts';
import { createEcrTokenSource, type EcrToken } from '../auth/ecr-token-source.ts';
import { createHttpTransport } from '../http/http-transport.ts';
import type { RequestGate } from '../http/request-gate.ts';
import type { RegistryLimits } from '../limits.ts';
import type { TagRules } from '../probe-capabilities.ts';
import type { RegistryOptions } from '../registry-options.ts';
import { createEcrApi, type EcrApi } from './ecr-api.ts';
import { createEcrInventory } from './ecr-inventory.ts';
import { createEcrLockReader, createEcrLockWriter } from './ecr-locks.ts';
import { createEcrTagWriter } from './ecr-tag-writer.ts';
import { type EcrRights, probeRights, type RightsQuestion } from './probe-rights.ts';
import { readMutability } from './read-mutability.ts';
import { createSdkClient } from './sdk-client.ts';

/** One registry of ECR, by its API. */
export interface EcrConnection {
  readonly inventory: RegistryInventory;
  /** Passwords for the distribution API, as whom these credentials say; `undefined` for those that are not of AWS. */
  tokensFor(credentials: RegistryCredentials): CredentialSource | undefined;
  /** The writer of tags; blobs are stored by that of the distribution API. */
  writerFor(credentials: RegistryCredentials, writer: TagWriter): TagWriter;
  /** What sees and, with credentials for it, makes locks: archived images. */
  locksFor(writer: RegistryCredentials | undefined): { readonly reader: LockReader; readonly writer?: LockWriter };
  /** What these credentials may do, without doing it: for `doctor`. @throws {FaultError} could not tell */
  probe(
    credentials: RegistryCredentials,
    question: Omit<RightsQuestion, 'registryId'>,
    signal?: AbortSignal,
  ): Promise<EcrRights>;
  /** Whether tags are kept from being moved in a repository that is covered. @throws {FaultError} could not tell */
  readTagRules(covers: (repository: string) => boolean, signal?: AbortSignal): Promise<TagRules | null>;
  close(): Promise<void>;
}

export interface EcrConnectionOptions
  extends Pick<RegistryOptions, 'id' | 'credentials' | 'ca' | 'proxy' | 'onRequest' | 'resolve'> {
  readonly host: string;
  readonly ecr: EcrPlace;
  readonly limits: RegistryLimits;
  /** That of the distribution API: what is asked of a registry is counted once. */
  readonly gate: RequestGate;
}

/** Prepares it; nothing is loaded or contacted before the first call. */
export function connectEcr(options: EcrConnectionOptions): EcrConnection {
  const { host, ecr, limits, gate } = options;
  const transport = createHttpTransport({
    registryId: options.id,
    limits,
    // Its hosts are AWS's, named by the operator's region and roles: VPC endpoints have private addresses.
    addresses: {
      configuredHosts: new Set(ecr.endpoint === undefined ? [] : [ecr.endpoint.hostname]),
      allowPrivate: async () => true,
      ...(options.resolve && { resolve: options.resolve }),
    },
    proxy: options.proxy,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.onRequest && { onRequest: options.onRequest }),
  });
  const known = new Map<string, { readonly api: EcrApi; readonly tokens: CredentialSource }>();

  function identity(own: RegistryCredentials): { readonly api: EcrApi; readonly tokens: CredentialSource } {
    const roleArn = own.kind === 'aws' ? own.roleArn : undefined;
    const before = known.get(roleArn ?? '');
    if (before !== undefined) return before;
    const open = () => createSdkClient({ ...ecr, exchange: transport, ...(roleArn !== undefined && { roleArn }) });
    const api = createEcrApi({ host, region: ecr.region, open, gate, limits });
    const created = { api, tokens: createEcrTokenSource(() => readToken(api, host)) };
    known.set(roleArn ?? '', created);
    return created;
  }

  const { registryId } = ecr;
  return {
    inventory: createEcrInventory({ api: inBackground(identity(options.credentials).api), registryId, host }),
    tokensFor: (own) => (own.kind === 'aws' ? identity(own).tokens : undefined),
    writerFor: (own, { putBlob }) => createEcrTagWriter({ api: identity(own).api, registryId, host, putBlob }),
    locksFor: (writer) => ({
      reader: createEcrLockReader({ api: identity(options.credentials).api, registryId, host }),
      ...(writer && { writer: createEcrLockWriter({ api: identity(writer).api, registryId, host }) }),
    }),
    probe: (own, question, signal) => probeRights(identity(own).api, { registryId, ...question }, signal),
    readTagRules: (covers, signal) =>
      readMutability(inBackground(identity(options.credentials).api), { registryId, covers }, signal),
    close: () => transport.close(),
  };
}

/** A token opens every registry that its identity may use, in other accounts too. */
async function readToken(api: EcrApi, host: string): Promise<EcrToken> {
  const answer = await api.call({
    action: 'GetAuthorizationToken',
    what: 'a token',
    run: (ecr, more) => ecr.getAuthorizationToken({}, more),
  });
  const [data] = answer.authorizationData ?? [];
  const [, password] =
    /^AWS:([\x21-\x7e]+)$/.exec(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()) ?? [];
  if (password !== undefined) return { password, expiresAt: data?.expiresAt };
  throw new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected a token of ECR, got none`, { retryable: false });
}

/** Nobody waits for what a sweep asks. */
function inBackground(api: EcrApi): EcrApi {
  return { call: (request, signal) => api.call({ ...request, isBackground: true }, signal) };
}

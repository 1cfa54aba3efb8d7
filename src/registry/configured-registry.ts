import type { RegistryCredentials } from '../domain/registry-credentials.ts';
import { knownKind } from '../domain/registry-kind.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { matchesGlob } from '../kit/glob.ts';
import { parseServerTime } from '../kit/server-time.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { RegistryCapabilities } from '../ports/registry-capabilities.ts';
import type { TagWriter } from '../ports/tag-writer.ts';
import { createCredentialSource } from './auth/credential-source.ts';
import { createCapabilityMemory } from './capability-memory.ts';
import { connectEcr, type EcrConnection } from './ecr/connect-ecr.ts';
import { renewExpired } from './ecr/renew-expired.ts';
import { createAddressRules } from './http/address-rules.ts';
import { createCircuitBreaker } from './http/circuit-breaker.ts';
import { createHttpTransport } from './http/http-transport.ts';
import { parseQuota } from './http/quota.ts';
import { createRequestGate } from './http/request-gate.ts';
import { createInventory, tagRulesReader } from './inventory/create-inventory.ts';
import { createLabels } from './labels/create-labels.ts';
import { learnFromWrites } from './learn-from-writes.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { createAcrLockReader, createAcrLockWriter } from './locks/acr-locks.ts';
import { createKeptReader } from './locks/kept-reader.ts';
import { probeCapabilities } from './probe-capabilities.ts';
import { createRegistryClient, type RegistryClient } from './registry-client.ts';
import { DOCKER_HUB, type RegistryOptions } from './registry-options.ts';
import { createRegistryReader } from './registry-reader.ts';
import { createTagWriter } from './tag-writer.ts';

/** A registry with its connections. */
export interface OpenRegistry extends ConfiguredRegistry {
  readonly title: string;
  readonly capabilities: RegistryCapabilities;
  /** Where it is one of ECR: its API. */
  readonly ecr?: Pick<EcrConnection, 'probe'>;
  /** Closes all connections; requests under way fail. */
  close(): Promise<void>;
}

/**
 * Creates the reader of a registry, and the writer if `writeCredentials` are given, on shared connections and a shared
 * rate. Nothing is contacted before the first call.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a URL that is not the root of a registry.
 */
export function createConfiguredRegistry(options: RegistryOptions): OpenRegistry {
  const base = dialledUrl(options.url);
  const host = options.host ?? nameOf(base);
  const limits = { ...REGISTRY_LIMITS, ...options.limits };
  const realmHosts = options.realmHosts ?? [];
  const apiUrl = options.api && dialledUrl(options.api.url ?? base);
  const { concurrency, pauseMs } = limits;
  const gate = createRequestGate({ host, concurrency, pauseMs, requestsPerMinute: options.requestsPerMinute });
  const timeouts = [limits.headersMs, limits.bodyIdleMs, limits.requestMs];
  // Timers may be a little early.
  const breaker = createCircuitBreaker({ host, leastMs: Math.min(...timeouts) * 0.9 });
  const transport = createHttpTransport({
    registryId: options.id,
    limits,
    addresses: createAddressRules(
      base,
      apiUrl === undefined ? options : { ...options, realmHosts: [...realmHosts, apiUrl.host] },
    ),
    proxy: options.proxy,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.onRequest && { onRequest: options.onRequest }),
    // Token services and stores of blobs have clocks, caches and quotas of their own.
    onReply: (url, { header }) => {
      if (url.origin !== base.origin && url.origin !== apiUrl?.origin) return;
      const time = parseServerTime(header('date'), header('age'));
      if (time !== undefined) options.onServerTime?.(time);
      const quota = parseQuota(header, new Date());
      if (quota !== undefined) gate.heed(quota);
    },
  });
  const { repositories, eventHosts, credentials, writeCredentials } = options;
  const ecr = options.ecr && connectEcr({ ...options, ecr: options.ecr, host, limits, gate });
  const clientWith = (own: RegistryCredentials): RegistryClient =>
    createRegistryClient({
      ...{ base, host, realmHosts, limits, gate, breaker },
      transport: ecr === undefined ? transport : renewExpired(transport),
      credentials: ecr?.tokensFor(own) ?? createCredentialSource(own, host),
    });
  const client = clientWith(credentials);
  const kind = knownKind(options.kind ?? 'oci', host);
  const memory = createCapabilityMemory(kind);
  const reader = createRegistryReader(client, memory);
  const shared = { limits, gate, breaker, transport };
  const apiAs = (own: RegistryCredentials) =>
    options.api && {
      kind: options.api.kind,
      client: createRegistryClient({
        ...{ ...shared, base: apiUrl ?? base, host: (apiUrl ?? base).host, realmHosts: [] },
        credentials: createCredentialSource({ kind: 'none' }, host),
      }),
      credentials: createCredentialSource(own, host),
    };
  const api = apiAs(credentials);
  const locks =
    options.kind === 'acr'
      ? {
          reader: createAcrLockReader(client),
          ...(writeCredentials && { writer: createAcrLockWriter(clientWith(writeCredentials)) }),
        }
      : ecr?.locksFor(writeCredentials);
  const labels = createLabels(api, writeCredentials && apiAs(writeCredentials));
  const writerWith = (own: RegistryCredentials): TagWriter => {
    const writer = createTagWriter(clientWith(own), memory);
    return learnFromWrites(ecr === undefined ? writer : ecr.writerFor(own, writer), memory);
  };
  const covers = (repository: string): boolean => repositories.some((glob) => matchesGlob(glob, repository));
  const inventory = ecr?.inventory ?? createInventory({ client, repositories, ...(api && { api }) });
  const readTagRules =
    ecr === undefined
      ? api && tagRulesReader(api)
      : (_: string | undefined, signal?: AbortSignal) => ecr.readTagRules(covers, signal);
  return {
    id: options.id,
    host,
    ...(eventHosts && { eventHosts }),
    title: kind.title,
    covers,
    reader:
      locks && options.lockedImages
        ? createKeptReader(reader, { registryId: options.id, images: options.lockedImages, locks: locks.reader })
        : reader,
    inventory,
    capabilities: {
      tell: memory.tell,
      recall: memory.recall,
      listen: memory.listen,
      probe: (signal) =>
        probeCapabilities(
          { memory, client, reader, inventory, repositories, covers, ...(readTagRules && { readTagRules }) },
          signal,
        ),
    },
    ...(writeCredentials && { writer: writerWith(writeCredentials) }),
    ...(labels && { labels }),
    ...(locks && { locks }),
    ...(ecr && { ecr }),
    isSilent: breaker.isSilent,
    isResting: breaker.isResting,
    close: async () => void (await Promise.all([transport.close(), ecr?.close()])),
  };
}

function dialledUrl(url: URL): URL {
  const isRoot = url.pathname === '/' && url.search === '' && url.hash === '';
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isRoot || !isHttp || url.username !== '' || url.password !== '') {
    throw new InvalidInputError(
      'CONFIG_INVALID',
      'expected the URL of a registry as scheme and host, such as https://registry.example.com, got more or something else',
    );
  }
  return DOCKER_HUB.names.includes(url.host) ? new URL(DOCKER_HUB.url) : url;
}

function nameOf(base: URL): string {
  return base.href === DOCKER_HUB.url ? DOCKER_HUB.host : base.host;
}

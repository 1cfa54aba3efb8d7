import type { ProxyRules } from '../domain/proxy-rules.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import { readTuf, type TufRepository } from './read-tuf.ts';
import type { RootProvider } from './root-provider.ts';
import { type ByRole, highestVersions, parseMetadata, TUF_ROLES } from './tuf-metadata.ts';
import { NOTHING_SEEN, type TufMemory, type TufState, type TufStore, versionsOf } from './tuf-state.ts';

export interface TufProviderOptions {
  readonly name: string;
  readonly repository: TufRepository;
  /** The document to use before the first refresh: the packaged seed. A seed that cannot be used is refused. */
  readonly seedDocument?: string;
  /** Absent: nothing is remembered beyond this process. */
  readonly store?: TufStore;
  /** Which proxies requests take; absent: none. */
  readonly proxy?: ProxyRules | undefined;
  /** `false`: the seed is all there ever is. */
  readonly refresh: boolean;
  /** @throws {InvalidInputError} when the document is no trust root that could be used */
  readonly check: (document: string) => void;
  /** Told when something kept on disk could not be understood. */
  readonly onProblem: (problem: string) => void;
}

// D2: the public instance signs a new timestamp every 6 days; an hour notices soon and costs two requests.
const REFRESH_EVERY_MS = 3_600_000;
const STALE_AFTER_MS = 24 * 3_600_000;

/**
 * Keeps a trust root by TUF. The last good one is used until its timestamp expires (D2), also when the mirror is down
 * or serves something older (D1); before the first refresh a packaged seed is used until its root expires.
 * @throws {InvalidInputError} when the seed is of no use for what is configured
 */
export async function createTufProvider(options: TufProviderOptions): Promise<RootProvider> {
  const { name, repository, seedDocument, store } = options;
  const pinned = parseMetadata(repository.pinnedRoot);
  let memory = await readMemory(options);
  if (memory.state === undefined && seedDocument !== undefined) options.check(seedDocument);
  // Asked for with every verdict, so it is read out of the metadata once.
  let expires = expiryOf(memory);
  let running: Promise<void> | undefined;
  let lastFailure: string | undefined;
  const because = (): string => (lastFailure === undefined ? ` from ${repository.url.host}` : `: ${lastFailure}`);

  async function refresh(now: Date): Promise<void> {
    const answer = await readTuf(repository, memory.state, options.proxy);
    const versions = versionsOf(answer.metadata);
    refuseOlder(versions, memory.seen, repository.url);
    refuseExpired(answer.metadata, now, repository.url);
    options.check(answer.document);
    const next = { state: { ...answer, refreshedAt: now }, seen: highestVersions(memory.seen, versions) };
    await store?.save(next);
    memory = next;
    expires = expiryOf(next);
  }

  async function tryRefresh(now: Date): Promise<void> {
    try {
      await refresh(now);
      lastFailure = undefined;
    } catch (error) {
      lastFailure = error instanceof Error ? error.message : 'for an unknown reason';
      throw error;
    } finally {
      running = undefined;
    }
  }

  return {
    name,
    refreshEveryMs: options.refresh ? REFRESH_EVERY_MS : undefined,
    server: repository.url,
    document: () => memory.state?.document ?? seedDocument,
    obstacle(now) {
      const { state } = memory;
      if (state !== undefined && expires !== undefined) return explainExpiry(state, expires, now);
      if (seedDocument === undefined) return `it was never fetched${because()}`;
      if (now < pinned.expires) return undefined;
      return `what Lazaret was packaged with expired on ${day(pinned.expires)}, and nothing newer was ever fetched from ${repository.url.host}`;
    },
    concern(now) {
      if (!options.refresh) return undefined;
      const { state } = memory;
      if (state === undefined) return `it was never refreshed${because()}`;
      if (now.getTime() - state.refreshedAt.getTime() <= STALE_AFTER_MS) return undefined;
      const end = expires === undefined ? '' : ` and expires on ${day(expires)}`;
      const why = lastFailure === undefined ? '' : `: ${lastFailure}`;
      return `it was last refreshed from ${repository.url.host} on ${day(state.refreshedAt)}${end}${why}`;
    },
    // A call during a refresh waits for that refresh: two would write the same files.
    refresh(now) {
      running ??= tryRefresh(now);
      return running;
    },
  };
}

async function readMemory({ name, store, repository, check, onProblem }: TufProviderOptions): Promise<TufMemory> {
  if (store === undefined) return { state: undefined, seen: NOTHING_SEEN };
  const { state, seen, problems } = await store.read();
  for (const problem of problems) onProblem(problem);
  // A package newer than what is kept (the daemon was off for long) is the better start.
  const isOutdated =
    state !== undefined && parseMetadata(state.metadata.root).version < parseMetadata(repository.pinnedRoot).version;
  if (state === undefined || isOutdated) return { state: undefined, seen };
  try {
    check(state.document);
    return { state, seen };
  } catch (error) {
    // It was checked when it was fetched, but policies may need more of it by now.
    if (!(error instanceof InvalidInputError)) throw error;
    onProblem(`what was kept of the trust root "${name}" is not what is asked for now: ${error.message}`);
    return { state: undefined, seen };
  }
}

/** D1: the client refuses an older version only while its own copy is whole; we remember apart from it. */
function refuseOlder(versions: ByRole<number>, seen: ByRole<number>, url: URL): void {
  const older = TUF_ROLES.filter((role) => versions[role] < seen[role]);
  if (older.length === 0) return;
  const words = older.map((role) => `${role} ${versions[role]} after ${seen[role]}`).join(', ');
  throw new FaultError('TRUST_ROOT_UNAVAILABLE', `${url.host} serves an older trust root than before: ${words}`, {
    retryable: true,
    hint: 'somebody may be replaying an old state of the repository; the last good trust root stays in use until it expires',
  });
}

// The client itself uses the system's clock; this check uses the clock that everything else here uses.
function refuseExpired(metadata: ByRole<string>, now: Date, url: URL): void {
  const { expires } = parseMetadata(metadata.timestamp);
  if (now < expires) return;
  throw new FaultError('TRUST_ROOT_UNAVAILABLE', `${url.host} serves a timestamp that expired on ${day(expires)}`, {
    retryable: true,
    hint: 'the repository is no longer kept up, or somebody holds back newer versions',
  });
}

function explainExpiry(state: TufState, expires: Date, now: Date): string | undefined {
  if (now < expires) return undefined;
  return `it expired on ${day(expires)} and could not be refreshed since ${day(state.refreshedAt)}`;
}

function expiryOf({ state }: TufMemory): Date | undefined {
  return state === undefined ? undefined : parseMetadata(state.metadata.timestamp).expires;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');
}

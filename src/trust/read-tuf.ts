import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import { FaultError } from '../kit/errors.ts';
import { type ByRole, mapRoles, TUF_ROLES } from './tuf-metadata.ts';
import type { TufState } from './tuf-state.ts';

/** One repository and what is trusted of it at first. */
export interface TufRepository {
  readonly url: URL;
  /** Text of the pinned `root.json`. */
  readonly pinnedRoot: string;
  readonly target: string;
}

/** What a repository serves, with every signature, hash and expiry checked by the TUF client. */
export type TufAnswer = Pick<TufState, 'metadata' | 'document'>;

// A mirror behind a CDN answers in 30 ms; one that is silent for this long is down, and the next try comes soon.
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Runs the TUF client workflow once (https://theupdateframework.github.io/specification/latest/#detailed-client-workflow)
 * from what is known. It writes as it goes, so it works in a folder of its own that is thrown away: what is kept is
 * decided and written by the caller, as a whole.
 * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE`
 */
export async function readTuf(
  repository: TufRepository,
  known: TufAnswer | undefined,
  proxy?: ProxyRules,
): Promise<TufAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'lazaret-tuf-'));
  try {
    const cache = join(folder, 'repository');
    await fillCache(cache, repository, known);
    const document = await runClient(cache, repository, proxy);
    const metadata = await readCache(cache);
    return { metadata, document };
  } catch (cause) {
    if (cause instanceof FaultError) throw cause;
    const { url } = repository;
    throw new FaultError('TRUST_ROOT_UNAVAILABLE', `no trust root from ${url.host}: ${reasonOf(cause)}`, {
      retryable: true,
      cause,
      hint: `check that ${url.origin} can be reached and that the clock is right; the last good trust root stays in use until it expires`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runClient(cache: string, { url, target }: TufRepository, proxy?: ProxyRules): Promise<string> {
  // Loaded with the first refresh: a start, and commands that need none, do not wait for it.
  const [{ Updater }, { TufFetcher }] = await Promise.all([import('tuf-js'), import('./tuf-fetcher.ts')]);
  const fetcher = new TufFetcher({ timeoutMs: REQUEST_TIMEOUT_MS, proxy });
  const base = url.href.replace(/\/$/, '');
  try {
    const updater = new Updater({
      metadataBaseUrl: base,
      targetBaseUrl: `${base}/targets`,
      metadataDir: cache,
      targetDir: join(cache, 'targets'),
      fetcher,
    });
    const info = await updater.getTargetInfo(target);
    if (info === undefined) throw new Error(`it has no ${target}`);
    const path = (await updater.findCachedTarget(info)) ?? (await updater.downloadTarget(info));
    return await readFile(path, 'utf8');
  } finally {
    await fetcher.close();
  }
}

async function fillCache(cache: string, { pinnedRoot, target }: TufRepository, known: TufAnswer | undefined) {
  const targets = join(cache, 'targets');
  await mkdir(targets, { recursive: true });
  if (known === undefined) return await writeFile(join(cache, 'root.json'), pinnedRoot);
  for (const role of TUF_ROLES) await writeFile(join(cache, `${role}.json`), known.metadata[role]);
  await writeFile(join(targets, encodeURIComponent(target)), known.document);
}

async function readCache(cache: string): Promise<ByRole<string>> {
  const texts = await Promise.all(TUF_ROLES.map((role) => readFile(join(cache, `${role}.json`), 'utf8')));
  return mapRoles((role) => texts[TUF_ROLES.indexOf(role)] ?? '');
}

/** The deepest cause says what happened; the outer ones only that it happened. */
function reasonOf(error: unknown): string {
  let [reason, here]: [string, unknown] = ['unknown reason', error];
  for (let depth = 0; depth < 8 && here instanceof Error; depth++) {
    const code = 'code' in here && typeof here.code === 'string' ? here.code : '';
    const status = 'statusCode' in here ? ` (HTTP ${String(here.statusCode)})` : '';
    reason = `${here.message || code || here.name}${status}`;
    here = here.cause;
  }
  return reason.replaceAll(/\s+/g, ' ').slice(0, 200);
}

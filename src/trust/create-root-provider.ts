import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfiguredTrustRoot } from '../domain/configured-trust-root.ts';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import type { TrustRoot } from '../domain/trust-root.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { createFileProvider } from './file-provider.ts';
import { readPackagedSeed } from './packaged-seed.ts';
import type { RootProvider } from './root-provider.ts';
import { parseMetadata } from './tuf-metadata.ts';
import { createTufProvider } from './tuf-provider.ts';
import { createTufStore } from './tuf-state.ts';

/** Says whether verification could use this root. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
export type CheckTrustRoot = (root: TrustRoot) => void;

export interface RootProviderDeps {
  /** Where TUF roots are remembered; absent for a process that ends soon. */
  readonly folder?: string;
  readonly check: CheckTrustRoot;
  readonly onProblem: (problem: string) => void;
  readonly proxy?: ProxyRules | undefined;
}

/** Creates the provider of one configured trust root. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
export async function createRootProvider(options: ConfiguredTrustRoot, deps: RootProviderDeps): Promise<RootProvider> {
  const { name, origin, thresholds, chains } = options;
  const check = (document: string): void => deps.check({ name, document, thresholds, ...(chains && { chains }) });
  if (origin.kind === 'file') return await createFileProvider({ name, path: origin.path, check });
  const shared = { name, check, onProblem: deps.onProblem, proxy: deps.proxy };
  const remember = (identity: string) => {
    if (deps.folder === undefined) return {};
    return { store: createTufStore(join(deps.folder, folderName(name, identity))) };
  };
  if (origin.kind === 'built-in') {
    const { url, root, target, document } = readPackagedSeed(origin.instance);
    const repository = { url, pinnedRoot: root, target };
    // The packaged `root.json` changes with each release, but the versions seen before still count, so the memory is
    // found by the URL alone.
    const memory = remember(url.href);
    return await createTufProvider({
      ...shared,
      ...memory,
      repository,
      seedDocument: document,
      refresh: origin.refresh,
    });
  }
  const { url, target } = origin;
  const pinnedRoot = await readPinnedRoot(name, origin.rootFile);
  // The memory is found by URL and pinned root: versions of another repository say nothing about this one's.
  const memory = remember(`${url.href}\n${pinnedRoot}`);
  return await createTufProvider({ ...shared, ...memory, repository: { url, pinnedRoot, target }, refresh: true });
}

function folderName(name: string, identity: string): string {
  const short = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  return `${encodeURIComponent(name)}-${short}`;
}

async function readPinnedRoot(name: string, path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    parseMetadata(text);
    return text;
  } catch (cause) {
    const message = `expected the first root.json of the TUF repository of the trust root "${name}"`;
    const hint = 'Whoever runs the repository publishes it as 1.root.json.';
    throw new InvalidInputError('TRUST_ROOT_INVALID', message, [{ where: path, message, hint }], { cause });
  }
}

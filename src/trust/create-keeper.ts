import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '../domain/errors.ts';
import { createFileKeeper } from './file-keeper.ts';
import { type PackagedSeed, PUBLIC_GOOD_URL, TRUSTED_ROOT_TARGET } from './packaged-seed.ts';
import type { RootKeeper } from './root-keeper.ts';
import type { CheckTrustRoot, TrustRootOptions } from './trust-root-options.ts';
import { createTufKeeper } from './tuf-keeper.ts';
import { readMetadata } from './tuf-metadata.ts';
import { createTufStore } from './tuf-state.ts';

export interface KeeperDeps {
  /** Where TUF roots are remembered; absent for a process that ends soon. */
  readonly folder?: string;
  readonly seed: PackagedSeed;
  readonly check: CheckTrustRoot;
  readonly onProblem: (problem: string) => void;
}

/** Creates the keeper of one configured trust root. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
export async function createKeeper(options: TrustRootOptions, deps: KeeperDeps): Promise<RootKeeper> {
  const { name, origin, thresholds } = options;
  const check = (document: string): void => deps.check({ name, document, thresholds });
  if (origin.kind === 'file') return await createFileKeeper({ name, path: origin.path, check });
  const repository =
    origin.kind === 'public-good'
      ? { url: PUBLIC_GOOD_URL, pinnedRoot: deps.seed.root, target: TRUSTED_ROOT_TARGET }
      : { url: origin.url, pinnedRoot: await readPinnedRoot(name, origin.rootFile), target: origin.target };
  return await createTufKeeper({
    name,
    repository,
    ...(origin.kind === 'public-good' && { seedDocument: deps.seed.document }),
    ...(deps.folder !== undefined && { store: createTufStore(join(deps.folder, folderName(name, repository))) }),
    refresh: origin.kind === 'tuf' || origin.refresh,
    check,
    onProblem: deps.onProblem,
  });
}

// Another repository, or another pin, is another memory: its versions say nothing about this one's.
function folderName(name: string, repository: { readonly url: URL; readonly pinnedRoot: string }): string {
  const isPublic = repository.url === PUBLIC_GOOD_URL;
  // The packaged pin moves on with each release; what was seen before it still counts.
  const identity = isPublic ? repository.url.href : `${repository.url.href}\n${repository.pinnedRoot}`;
  const short = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  return `${encodeURIComponent(name)}-${short}`;
}

async function readPinnedRoot(name: string, path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    readMetadata(text);
    return text;
  } catch (cause) {
    const message = `expected the first root.json of the TUF repository of the trust root "${name}"`;
    const hint = 'Whoever runs the repository publishes it as 1.root.json.';
    throw new InvalidInputError('TRUST_ROOT_INVALID', message, [{ where: path, message, hint }], { cause });
  }
}

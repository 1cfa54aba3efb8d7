import { createRequire } from 'node:module';
import { z } from 'zod';

/** The public-good instance's TUF repository. */
export const PUBLIC_GOOD_URL = new URL('https://tuf-repo-cdn.sigstore.dev');
/** The name of the trusted root among its targets. */
export const TRUSTED_ROOT_TARGET = 'trusted_root.json';

/** What the library was packaged with: enough to verify without ever having been online. */
export interface PackagedSeed {
  /** The pinned `root.json` of the TUF repository. */
  readonly root: string;
  /** The trusted root of the day it was packaged. */
  readonly document: string;
}

const seedSchema = z.object({
  'root.json': z.string(),
  targets: z.object({ [TRUSTED_ROOT_TARGET]: z.string() }),
});

/** Reads the seed of the public-good instance out of `@sigstore/tuf`. */
export function readPackagedSeed(): PackagedSeed {
  const seeds: unknown = createRequire(import.meta.url)('@sigstore/tuf/seeds.json');
  const seed = z.record(z.string(), seedSchema).parse(seeds)[PUBLIC_GOOD_URL.origin];
  if (seed === undefined) throw new Error(`@sigstore/tuf has no seed of ${PUBLIC_GOOD_URL.origin}`);
  return { root: decode(seed['root.json']), document: decode(seed.targets[TRUSTED_ROOT_TARGET]) };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

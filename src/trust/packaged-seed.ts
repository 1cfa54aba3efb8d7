import { createRequire } from 'node:module';
import { z } from 'zod';
import { BUILT_IN_TRUST, type BuiltInTrust } from '../domain/built-in-trust.ts';
// Its origin is told beside it, in seeds/README.md.
import githubSeeds from './seeds/github.json' with { type: 'json' };

/** The TUF repositories of the built-in trust roots. */
const REPOSITORIES: Readonly<Record<BuiltInTrust, URL>> = {
  sigstore: new URL('https://tuf-repo-cdn.sigstore.dev'),
  github: new URL('https://tuf-repo.github.com'),
};
/** The name of the trusted root among their targets. */
const TRUSTED_ROOT_TARGET = 'trusted_root.json';

/** What Lazaret was packaged with of an instance: enough to verify without ever having been online. */
export interface PackagedSeed {
  /** The TUF repository it is refreshed from. */
  readonly url: URL;
  /** The pinned `root.json` of the TUF repository. */
  readonly root: string;
  readonly target: string;
  /** The trusted root of the day it was packaged. */
  readonly document: string;
}

const seedsSchema = z.record(
  z.string(),
  z.object({ 'root.json': z.string(), targets: z.object({ [TRUSTED_ROOT_TARGET]: z.string() }) }),
);

/**
 * Reads the seed of Sigstore's instance from `@sigstore/tuf`, that of GitHub's from a file of our own in its format.
 * @throws {Error} if the package no longer holds it: a defect of ours, which tests find
 */
export function readPackagedSeed(instance: BuiltInTrust): PackagedSeed {
  const url = REPOSITORIES[instance];
  const seeds: unknown =
    instance === 'github' ? githubSeeds : createRequire(import.meta.url)('@sigstore/tuf/seeds.json');
  const seed = seedsSchema.parse(seeds)[url.origin];
  if (seed === undefined) throw new Error(`nothing was packaged of ${url.origin}`);
  const document = decode(seed.targets[TRUSTED_ROOT_TARGET]);
  return { url, root: decode(seed['root.json']), target: TRUSTED_ROOT_TARGET, document };
}

/** A time that has passed for certain: nothing that was packaged can be newer than the package. */
export function newestPackagedDate(): Date {
  const dates = BUILT_IN_TRUST.map((instance) => newestDate(readPackagedSeed(instance).document).getTime());
  return new Date(Math.max(...dates));
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** The newest start of validity in a trust root: a moment that has passed. */
function newestDate(document: string): Date {
  const starts = [...document.matchAll(/"start"\s*:\s*"([^"]{1,40})"/g)].map(([, text]) => Date.parse(text ?? ''));
  return new Date(Math.max(0, ...starts.filter((ms) => !Number.isNaN(ms))));
}

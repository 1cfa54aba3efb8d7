import type { ImagePolicy } from '../../domain/policy.ts';
import { literalStart } from '../../kit/glob.ts';
import { namesOf } from './match-images.ts';

/** One of the globs of a policy, by the policy's place among all. */
export interface IndexedGlob {
  readonly at: number;
  readonly glob: string;
}

interface PolicyIndex {
  /** Those without a wildcard, by the name they are. */
  readonly byName: ReadonlyMap<string, readonly IndexedGlob[]>;
  /** The others, by what stands before their first wildcard. */
  readonly byStart: ReadonlyMap<string, readonly IndexedGlob[]>;
  /** The different lengths of these beginnings: as many lookups a name, and never more than it has characters. */
  readonly lengths: readonly number[];
}

// A memo, not state: policies in force are the same for many thousands of images.
const indexes = new WeakMap<readonly ImagePolicy[], PolicyIndex>();

/**
 * The globs of these policies that may match an image, called `host/repository`: those whose beginning, up to their first
 * wildcard, the name begins with. A thousand policies about a thousand other repositories cost an image nothing.
 */
export function findCandidates(policies: readonly ImagePolicy[], image: string): readonly IndexedGlob[] {
  const { byName, byStart, lengths } = indexOf(policies);
  const wild = lengths.flatMap((length) => (length > image.length ? [] : (byStart.get(image.slice(0, length)) ?? [])));
  return [...(byName.get(image) ?? []), ...wild];
}

function indexOf(policies: readonly ImagePolicy[]): PolicyIndex {
  const known = indexes.get(policies);
  if (known !== undefined) return known;
  const globs = policies.flatMap(({ images }, at) => images.map((glob) => ({ at, glob, start: startOf(glob) })));
  const { names = [], wild = [] } = Object.groupBy(globs, ({ glob, start }) =>
    start === namesOf(glob) ? 'names' : 'wild',
  );
  const byName = Map.groupBy(names, ({ start }) => start);
  const byStart = Map.groupBy(wild, ({ start }) => start);
  const index = { byName, byStart, lengths: [...new Set(Array.from(byStart.keys(), ({ length }) => length))] };
  indexes.set(policies, index);
  return index;
}

function startOf(glob: string): string {
  return literalStart(namesOf(glob));
}

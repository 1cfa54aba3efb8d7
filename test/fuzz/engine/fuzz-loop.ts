import { createRandom } from '../../chaos/random.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import type { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';

export interface LoopOptions {
  readonly target: FuzzTarget;
  readonly coverage: Coverage;
  readonly seed: number;
  /** Inputs found earlier. */
  readonly corpus: readonly Uint8Array[];
  readonly until: () => boolean;
  /** Told of each input before it is run, so that one that never ends is known. */
  readonly announce: (input: Uint8Array) => void;
}

/** What a run of one target came to. */
export interface LoopResult {
  readonly runs: number;
  /** Branches, each counted once for every rough number of times it was taken. */
  readonly features: number;
  /** Inputs that reach all of that, the smallest first. */
  readonly corpus: readonly Uint8Array[];
  /** Of these, those that the seeds do not do without. */
  readonly beyondSeeds: readonly Uint8Array[];
  readonly finding?: Finding;
}

/** An input that broke a promise, and how. */
export interface Finding {
  readonly input: Uint8Array;
  readonly error: string;
}

/** So many tries to make a finding smaller. */
const SHRINK_TRIES = 2000;

/** Runs seeds and corpus, then changes of whatever reached something new, until the time is over or a promise breaks. */
export async function fuzzLoop(options: LoopOptions): Promise<LoopResult> {
  const { target, coverage, until } = options;
  const random = createRandom(options.seed);
  const seen = new Set<number>();
  const corpus: Uint8Array[] = [];
  let runs = 0;
  const attempt = async (input: Uint8Array): Promise<string | undefined> => {
    runs += 1;
    options.announce(input);
    coverage.clear();
    try {
      await target.run(Buffer.from(input));
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  };
  const tryOut = async (input: Uint8Array): Promise<Finding | undefined> => {
    const error = await attempt(input);
    if (error !== undefined) return { input: await shrink(input, error, attempt), error };
    const features = coverage.read().filter((feature) => !seen.has(feature));
    for (const feature of features) seen.add(feature);
    if (features.length > 0) corpus.push(input);
    return undefined;
  };
  const end = async (finding?: Finding): Promise<LoopResult> => ({
    runs,
    features: seen.size,
    ...(finding === undefined ? await minimise(options, corpus, attempt) : { corpus, beyondSeeds: [] }),
    ...(finding !== undefined && { finding }),
  });
  for (const input of [...target.seeds, ...options.corpus]) {
    const finding = await tryOut(input);
    if (finding !== undefined) return end(finding);
  }
  while (!until()) {
    // What was found last is the least explored.
    const recent = corpus.slice(-32);
    const input = random.pick(random.chance(0.5) && recent.length > 0 ? recent : corpus);
    const words = [...(target.words ?? []), ...coverage.words];
    const finding = await tryOut(mutate(input, target.shape, { random, words, corpus }));
    if (finding !== undefined) return end(finding);
  }
  return end();
}

type Attempt = (input: Uint8Array) => Promise<string | undefined>;

/** Few and small inputs that reach what the corpus reaches; those of the seeds come first and are not kept. */
async function minimise(
  { target, coverage }: LoopOptions,
  corpus: readonly Uint8Array[],
  attempt: Attempt,
): Promise<Pick<LoopResult, 'corpus' | 'beyondSeeds'>> {
  const seen = new Set<number>();
  const reachesMore = async (input: Uint8Array): Promise<boolean> => {
    await attempt(input);
    const before = seen.size;
    for (const feature of coverage.read()) seen.add(feature);
    return seen.size > before;
  };
  for (const input of target.seeds) await reachesMore(input);
  const beyondSeeds: Uint8Array[] = [];
  for (const input of corpus.toSorted((a, b) => a.length - b.length)) {
    if (await reachesMore(input)) beyondSeeds.push(input);
  }
  return { corpus, beyondSeeds };
}

/** Leaves parts out as long as the same error remains. */
async function shrink(input: Uint8Array, error: string, attempt: Attempt): Promise<Uint8Array> {
  const kind = firstLine(error);
  let best = Buffer.from(input);
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && tries < SHRINK_TRIES; ) {
      tries += 1;
      const smaller = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      const again = await attempt(smaller);
      if (again !== undefined && firstLine(again) === kind) best = smaller;
      else at += size;
    }
  }
  return best;
}

function firstLine(error: string): string {
  return error.split('\n')[0]?.slice(0, 60) ?? '';
}

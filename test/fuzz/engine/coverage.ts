import { COMPARE, COUNT } from './instrument.ts';

/** Room for the branches of the product and of the libraries that parse for it. */
const MOST_COUNTERS = 1 << 16;
const MOST_WORDS = 4096;

/** What an input reached: a number for each branch together with how often, roughly, it was taken. */
export type Features = readonly number[];

/** Counts what instrumented source reaches in this thread. */
export interface Coverage {
  /** Forgets what was counted. */
  clear(): void;
  /** What was reached since. */
  read(): Features;
  /** Texts that inputs were compared with, and those in the sources. */
  readonly words: string[];
}

const counters = new Uint32Array(MOST_COUNTERS);
const known = new Set<string>();
const words: string[] = [];
let used = 0;

/** Lets instrumented source find its counters. */
export function startCoverage(): Coverage {
  Object.assign(globalThis, { [COUNT]: counters, [COMPARE]: compare });
  return {
    words,
    clear: () => void counters.fill(0, 0, used),
    read() {
      const features: number[] = [];
      for (let at = 0; at < used; at++) {
        const count = counters[at] ?? 0;
        if (count > 0) features.push(at * 8 + bucketOf(count));
      }
      return features;
    },
  };
}

/** Takes counters for another file. */
export function useCounters(next: number): void {
  if (next > MOST_COUNTERS) throw new RangeError(`expected at most ${MOST_COUNTERS} branches`);
  used = next;
}

export function nextCounter(): number {
  return used;
}

/** Remembers a text of which inputs may be made. */
export function learnWord(word: string): void {
  if (known.has(word) || known.size >= MOST_WORDS) return;
  known.add(word);
  words.push(word);
}

// Also called by the product's own code while the fuzzer works, which does no harm.
function compare(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string' && left !== right) {
    if (left.length > 1 && left.length <= 64) learnWord(left);
    if (right.length > 1 && right.length <= 64) learnWord(right);
  }
  return left === right;
}

/** Once, twice, three times, then by powers of two. */
function bucketOf(count: number): number {
  return count <= 3 ? count - 1 : Math.min(7, 1 + Math.floor(Math.log2(count)));
}

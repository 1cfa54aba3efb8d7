import type { Sample } from './sample.ts';

/** Whether one figure stayed flat, with the bound it was held against. */
export interface Flatness {
  readonly figure: string;
  readonly isFlat: boolean;
  readonly words: string;
}

/** What no process may ever come to, in MiB (I8). */
const MOST_RSS_MIB = 300;
/**
 * Caches, the compiled code and the heap's own room fill in the first minutes of a process; what comes after is growth.
 */
const WARM_UP_MS = 5 * 60_000;
/** Of each half of a process: so many that one has met it between two collections of garbage. */
const LEAST_SAMPLES = 3;
const HOUR_MS = 3_600_000;

/**
 * Holds the samples of a run against what "flat" means for each figure. Pure.
 *
 * - RSS and handles: what is never given back raises the least a process has, what comes and goes the most. So of each
 *   process the least of its second half is held against that of its first: all of them together, it rises by a tenth of
 *   the median an hour at most. And the last third of the run has no more than the first and a tenth.
 * - Rows grow with what happens, so their number for each accepted event in the second half is that of the first half and
 *   a tenth at most; a table of something else does not grow.
 * - Queue keys: the last third has no more than the first and a tenth.
 *
 * To each bound a few are added, for what comes and goes.
 */
export function judgeFlatness(samples: readonly Sample[]): readonly Flatness[] {
  return [
    judgeLevel(samples, { figure: 'RSS, MiB', of: ({ rssMiB }) => rssMiB, slack: 20, most: MOST_RSS_MIB }),
    judgeLevel(samples, { figure: 'handles', of: ({ handles }) => handles, slack: 10 }),
    judgeThirds(samples, { figure: 'queue keys', of: ({ queueKeys }) => queueKeys, slack: 100 }),
    ...Object.keys(samples.at(-1)?.rows ?? {}).map((table) => judgeRows(samples, table)),
  ];
}

interface Level {
  readonly figure: string;
  readonly of: (sample: Sample) => number;
  readonly slack: number;
  readonly most?: number;
}

function judgeLevel(samples: readonly Sample[], level: Level): Flatness {
  const { figure, of, slack, most = Number.POSITIVE_INFINITY } = level;
  const slope = riseWithinProcesses(samples, of);
  const thirds = judgeThirds(samples, level);
  const highest = Math.max(...samples.map(of));
  if (slope === undefined) {
    return { figure, isFlat: false, words: 'no process lived long enough to tell: give the run more HOURS' };
  }
  const bound = median(samples.map(of)) / 10 + slack;
  const isFlat = slope <= bound && thirds.isFlat && highest <= most;
  const within = Number.isFinite(most) ? `, at most ${round(highest)} of ${most}` : `, at most ${round(highest)}`;
  return {
    figure,
    isFlat,
    words: `${round(slope)} an hour within a process (bound ${round(bound)}); ${thirds.words}${within}`,
  };
}

function judgeThirds(samples: readonly Sample[], { figure, of, slack }: Level): Flatness {
  const size = Math.floor(samples.length / 3);
  if (size === 0) return { figure, isFlat: false, words: 'too few samples to tell' };
  const [first, last] = [median(samples.slice(0, size).map(of)), median(samples.slice(-size).map(of))];
  const bound = first * 1.1 + slack;
  return {
    figure,
    isFlat: last <= bound,
    words: `median of the first third ${round(first)}, of the last ${round(last)} (bound ${round(bound)})`,
  };
}

function judgeRows(samples: readonly Sample[], table: string): Flatness {
  const figure = `rows of ${table}`;
  const [first, last] = [samples[0], samples.at(-1)];
  const middle = samples[Math.floor(samples.length / 2)];
  if (first === undefined || middle === undefined || last === undefined) {
    return { figure, isFlat: false, words: 'too few samples to tell' };
  }
  const grown = (from: Sample, to: Sample) => (to.rows[table] ?? 0) - (from.rows[table] ?? 0);
  const events = (from: Sample, to: Sample) => Math.max(1, to.events - from.events);
  const before = grown(first, middle) / events(first, middle);
  const after = grown(middle, last) / events(middle, last);
  const slack = 50 / events(middle, last);
  const isFlat = after <= Math.max(0, before) * 1.1 + slack;
  const words = `${last.rows[table] ?? 0}; ${before.toFixed(3)} an event in the first half, ${after.toFixed(3)} in the second`;
  return { figure, isFlat, words };
}

/** How much the least that processes have rises in an hour; `undefined` if none lived long enough to tell. */
function riseWithinProcesses(samples: readonly Sample[], of: (sample: Sample) => number): number | undefined {
  let risen = 0;
  let overMs = 0;
  for (const life of Map.groupBy(samples, ({ pid }) => pid).values()) {
    const bornAt = life[0]?.at ?? 0;
    const warm = life.filter(({ at }) => at - bornAt >= WARM_UP_MS);
    const half = Math.floor(warm.length / 2);
    const [first, second] = [warm.slice(0, half), warm.slice(-half)];
    if (half < LEAST_SAMPLES) continue;
    risen += Math.min(...second.map(of)) - Math.min(...first.map(of));
    overMs += (second[0]?.at ?? 0) - (first[0]?.at ?? 0);
  }
  return overMs === 0 ? undefined : (risen / overMs) * HOUR_MS;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function round(value: number): string {
  return value.toFixed(Math.abs(value) < 100 ? 1 : 0);
}

import type { Digest } from '../../src/domain/digest.ts';

/** Something that happened, as whoever saw it wrote it down. */
export interface Happening {
  /** Since the start of the run, in ms, by a clock that only goes forward. */
  readonly at: number;
  readonly what: string;
  /** Whom it is about, where it is about one image. */
  readonly digest?: Digest;
  /** Of a registry write: whether the registry did it and the daemon heard so. */
  readonly detail?: string;
}

/** What happened in a run, in order; nothing is ever taken out. */
export interface History {
  readonly all: readonly Happening[];
  add(what: string, about?: Omit<Happening, 'at' | 'what'>): void;
  /** When that was, since the start of the run, in ms. */
  timeOf(date: Date): number;
}

export function createHistory(): History {
  const all: Happening[] = [];
  const since = performance.now();
  return {
    all,
    timeOf: (date) => date.getTime() - performance.timeOrigin - since,
    add(what, about = {}) {
      all.push({ at: performance.now() - since, what, ...about });
    },
  };
}

/** The lines of a history that one image can be understood from: its own, and the faults and deaths of its time. */
export function storyOf(history: History, digest: Digest): string[] {
  const own = history.all.filter((each) => each.digest === digest);
  const [from, to] = [(own[0]?.at ?? 0) - 1000, (own.at(-1)?.at ?? 0) + 5000];
  const isFault = ({ at, what, digest: about }: Happening) =>
    about === undefined && /^(?:fault|killed|a reply)/.test(what) && at >= from && at <= to;
  return history.all
    .filter((each) => each.digest === digest || isFault(each))
    .map(({ at, what, detail }) => `${(at / 1000).toFixed(3).padStart(9)} s  ${what}${detail ? `: ${detail}` : ''}`);
}

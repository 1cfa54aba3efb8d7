import type { Digest } from '../domain/digest.ts';

/** Which registry is swept by which source. */
export interface SweepPlace {
  readonly sourceId: string;
  readonly registryId: string;
}

/** A sweep that was taken: until its lease ends nobody else goes on with it. */
export interface Sweep extends SweepPlace {
  /** Counts the sweeps of this place. */
  readonly number: number;
  /** Compared with every write: who had it before changes nothing any more. */
  readonly fence: number;
  /** The page of repositories to go on with. */
  readonly from: string | undefined;
  readonly startedAt: Date;
  /** This is the first sweep of the place, or the first under this scope. */
  readonly isBaseline: boolean;
  /** Attempts in a row that were broken off. */
  readonly failures: number;
  /** False: it was taken for the sake of what was asked for alone. */
  readonly isDue: boolean;
}

/** A repository as a sweep meets it. */
export interface MetRepository {
  readonly id: number;
  readonly name: string;
  /** This sweep has been through it. */
  readonly isSwept: boolean;
  /** What it holds was there before anybody looked: no sweep has gone through it since the baseline began. */
  readonly isBaseline: boolean;
}

/** A repository of which it was announced that something was pushed, but not what. */
export interface AskedRepository {
  readonly repository: MetRepository;
  /** How often it was asked for; compared at the end of the look, so that what came meanwhile asks for another. */
  readonly times: number;
  /** Looks in a row that could not tell it. */
  readonly failures: number;
}

/** What is on record of a digest that a sweep has come upon. */
export interface KnownImage {
  /** Those under which it was announced or found. */
  readonly tags: readonly string[];
  /** The registry did not have it when it was last looked at. */
  readonly isGone: boolean;
}

export interface SeenTag {
  readonly tag: string;
  readonly digest: Digest;
}

/** What an attempt adds to the figures of its sweep. */
export interface SweepCounts {
  readonly repositories: number;
  readonly tags: number;
  readonly found: number;
  /** Repositories and tags that were left out. */
  readonly faults: number;
}

/** How a place stands, for people and metrics. */
export interface SweepStatus extends SweepPlace, SweepCounts {
  readonly isUnderWay: boolean;
  readonly isBaseline: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** When the last one ended that left nothing out. */
  readonly wholeAt: Date | null;
}

/**
 * What sweeps remember, so that a restart goes on where it stopped and two daemons share one. All is read and written a
 * page at a time. Writes answer false where another has taken the sweep over: then nothing was written.
 * Everything throws `FaultError` `DATABASE_UNAVAILABLE`.
 */
export interface SweepRecord {
  /**
   * Takes the sweep that is under way or due, or else what was asked for; `null` if there is neither, or another has it.
   * A scope that differs from the last one's begins anew, with a baseline.
   */
  take(
    place: SweepPlace,
    context: { readonly scope: string; readonly owner: string; readonly now: Date },
  ): Promise<Sweep | null>;
  /** Keeps it for another while. */
  renew(sweep: Sweep, now: Date): Promise<boolean>;
  /** Notes these repositories of one page; returns them in the same order. */
  meet(sweep: Sweep, names: readonly string[]): Promise<readonly MetRepository[]>;
  /** Where these tags led when they were last seen, and whether this sweep has seen them. */
  readTags(
    sweep: Sweep,
    repository: MetRepository,
    tags: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly digest: Digest; readonly isSeen: boolean }>>;
  /** Those of these digests that are on record. */
  findKnown(
    place: { readonly registryId: string; readonly repository: string },
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<Digest, KnownImage>>;
  /** Where these tags lead; after all that is new has been handed in. */
  keepTags(sweep: Sweep, repository: MetRepository, tags: readonly SeenTag[], now: Date): Promise<boolean>;
  /**
   * The repository was gone through, and its baseline ends. Where the whole of it was seen, what it does not list any
   * more is forgotten, and images to which no tag leads now are looked at: whether they are gone only the registry can
   * say.
   */
  endRepository(
    sweep: Sweep,
    repository: MetRepository,
    end: { readonly isWhole: boolean; readonly now: Date },
  ): Promise<boolean>;
  /** This page is done, and the next begins there. */
  turnPage(
    sweep: Sweep,
    next: string,
    progress: { readonly counts: SweepCounts; readonly now: Date },
  ): Promise<boolean>;
  /** Ends the sweep, which has gone through the whole registry; the next is due then. */
  end(
    sweep: Sweep,
    progress: { readonly counts: SweepCounts; readonly nextAt: Date; readonly now: Date },
  ): Promise<boolean>;
  /** The repository that was asked for and waits longest, as if this sweep had seen nothing of it; `null`: none. */
  takeAsked(sweep: Sweep, now: Date): Promise<AskedRepository | null>;
  /** It was looked at, and waits no more unless it was asked for meanwhile. `again`: it could not be told until then. */
  endAsked(
    sweep: Sweep,
    asked: AskedRepository,
    end: { readonly again?: Date | undefined; readonly now: Date },
  ): Promise<boolean>;
  /** Gives back what was taken for the sake of what was asked for. */
  letGo(sweep: Sweep): Promise<boolean>;
  /** Gives the sweep back, to be continued from then on. `isFailure`: a fault broke it off. */
  putOff(sweep: Sweep, until: Date, options: { readonly isFailure: boolean }): Promise<boolean>;
  /** How every place stands that was ever swept. */
  readStatus(): Promise<readonly SweepStatus[]>;
}

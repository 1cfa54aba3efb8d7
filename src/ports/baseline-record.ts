import type { SweepPlace } from './sweep-record.ts';

/** What came of all that lay in a registry before anybody looked. */
export interface BaselineReport extends SweepPlace {
  /** Images in all; those that are gone by now are not among them. */
  readonly images: number;
  /** How many fail, by reason code; most first. */
  readonly failing: readonly { readonly code: string; readonly count: number }[];
  /** How many could not be told by now. */
  readonly untold: number;
}

/** The baselines on record. Everything throws `FaultError` `DATABASE_UNAVAILABLE`. */
export interface BaselineRecord {
  /** Those that are complete and judged, and of which nobody was told. */
  readReports(): Promise<readonly BaselineReport[]>;
  noteTold(place: SweepPlace, now: Date): Promise<void>;
}

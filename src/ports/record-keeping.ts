/** What of the record grows with every push, and is dropped when it is old. */
export const KEPT_KINDS = ['notices', 'verdicts', 'events', 'deliveries'] as const;

export type KeptKind = (typeof KEPT_KINDS)[number];

/** How far one step came. */
export interface Dropped {
  readonly count: number;
  /** Where the next step goes on; `null`: all that is old was gone through. */
  readonly next: number | null;
}

/** Dropping what is old, a little at a time. Throws `FaultError` `DATABASE_UNAVAILABLE`. */
export interface RecordKeeping {
  /**
   * Goes through the next rows of a kind after this one, `most` of them, and drops those that ended before this time and
   * that nothing rests on. What an image stands on is never among them: its current verdict; while it is quarantined, waits
   * for a verdict, or something is still to be done about it, anything about it; registry writes, and what people asked
   * for, with the verdicts behind them; effects that are not done; events that are not resolved. Nor is what came after
   * something that is not old, whatever its own time says: the clock was behind then.
   */
  dropOld(
    kind: KeptKind,
    page: { readonly now: Date; readonly before: Date; readonly after: number; readonly most: number },
  ): Promise<Dropped>;
}

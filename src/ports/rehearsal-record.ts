import type { RehearsedWrite } from './recorded-write.ts';

/** What was rehearsed: the writes that were put on record instead of being made. */
export interface RehearsalRecord {
  /** A page of them, newest first. @throws {InvalidInputError} `USAGE_INVALID` for a cursor that was not made here */
  readRehearsed(asked: {
    readonly since: Date;
    readonly limit: number;
    /** Opaque, from the page before. */
    readonly cursor?: string;
  }): Promise<{ readonly writes: readonly RehearsedWrite[]; readonly next: string | null }>;
  /**
   * Ends the rehearsal in every registry that is not one of these: what would carry a mark by it is looked at again at
   * once, and then marked if it still fails and its registry is written to. Returns how many images that are.
   */
  endElsewhere(rehearsing: readonly string[], now: Date): Promise<number>;
}

import type { Subject } from '../domain/subject.ts';
import type { EffectRef, PlannedEffect } from './effect-outbox.ts';
import type { SubjectRecord } from './subject-record.ts';

/** With `dryRun` only what would be done is told. */
export interface DryRun {
  readonly dryRun: boolean;
}

/** What a person asks for: a quarantine or a release, through the same outbox as a verdict, or another look. */
export interface ManualActions {
  /** @throws {InvalidInputError} `SUBJECT_UNKNOWN`, `VERDICT_NOT_FAILING` */
  request(
    subject: Subject,
    kind: 'quarantine' | 'release',
    context: {
      readonly now: Date;
      readonly tag: string;
      readonly by: string;
      readonly effects: readonly PlannedEffect[];
    },
  ): Promise<readonly EffectRef[]>;
  /** Asks for a look at one image, by the next round of a daemon's sweeper. @throws {InvalidInputError} `SUBJECT_UNKNOWN` */
  recheck(subject: Subject, now: Date, how?: DryRun): Promise<SubjectRecord>;
  /** Asks for a look at every image that does not pass; a daemon makes them a few a second. Returns how many. */
  recheckFailing(now: Date, how?: DryRun): Promise<number>;
  /**
   * Ends the baseline of those of these images that lay there before anybody looked, and asks for a look at each: what
   * comes of it is done as of a push. Returns how many they were.
   */
  endBaseline(subjects: readonly Pick<SubjectRecord, 'id'>[], now: Date): Promise<number>;
}

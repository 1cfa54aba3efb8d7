import type { Subject } from '../domain/subject.ts';
import type { EffectRef, PlannedEffect } from './effect-outbox.ts';

/** Quarantines or releases by hand, through the same outbox as a verdict. */
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
}

import type { ConcernKind } from '../domain/concern-kind.ts';

/**
 * A problem that keeps pushes from being noticed, or messages from reaching people, and that a person should know of.
 */
export interface Concern {
  /** What it is about: the source, for `unsaid` the sink, for `behind` the queue. */
  readonly id: string;
  readonly kind: ConcernKind;
  /** One sentence; may quote hostile text. */
  readonly problem: string;
}

/**
 * A concern as it is shown. A registry that does not answer is shown too; people hear of it from the messages about
 * images that cannot be judged.
 */
export interface ShownConcern extends Omit<Concern, 'kind'> {
  readonly kind: Concern['kind'] | 'silent';
}

/** Takes concerns: they are shown, and sent to people once an hour. */
export interface Concerns {
  raise(concern: Concern): void;
}

/**
 * A problem that keeps pushes from being noticed, or messages from reaching people, and that a person should know of.
 */
export interface Concern {
  /** What it is about: the source, for `unsaid` the sink, for `behind` the queue. */
  readonly id: string;
  /**
   * An event of no registry; one that names no image, of a registry that is not swept; a delivery refused; a source that reads nothing; a message that a sink refuses; work that
   * nobody does; a configuration with faults, that is not put in force; a
   * registry that cannot be swept; one that announces nothing any more, and one that does again.
   */
  readonly kind:
    | 'no-registry'
    | 'no-image'
    | 'refused'
    | 'deaf'
    | 'unsaid'
    | 'behind'
    | 'not-reloaded'
    | 'unswept'
    | 'unheard'
    | 'heard-again';
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

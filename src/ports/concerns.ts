/** Something that keeps pushes from being heard, and that a person should know of. */
export interface Concern {
  readonly sourceId: string;
  /** An event of no registry; a delivery refused; a source that reads nothing. */
  readonly kind: 'no-registry' | 'refused' | 'deaf';
  /** One sentence; may quote hostile text. */
  readonly problem: string;
}

/** Takes concerns: they are shown, and told once an hour. */
export interface Concerns {
  raise(concern: Concern): void;
}

/** A file that `lazaret init` writes. */
export interface WrittenFile {
  /** Relative to the folder. */
  readonly name: string;
  readonly content: string;
  /** Only its owner may read it. */
  readonly isSecret: boolean;
}

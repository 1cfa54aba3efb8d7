import type { Subject } from '../domain/subject.ts';

/** An image that could not be told when it was last looked at. */
export interface UntoldImage extends Subject {
  readonly tags: readonly string[];
  /** The code of the fault or the reason. */
  readonly code: string;
  readonly reason: string;
  /** Since when no look could judge it. */
  readonly since: Date;
  readonly nextCheckAt: Date | null;
}

/** How many images could not be told by now, and why. */
export interface UntoldCause {
  readonly registryId: string;
  readonly code: string;
  readonly count: number;
  readonly since: Date;
}

/** Reading which images are held up because they cannot be told. */
export interface UntoldQuery {
  /** How many there are, by registry and cause. */
  countUntold(): Promise<readonly UntoldCause[]>;
  /** Some of them: the newest of each repository first, so that one repository cannot hide those of the others. */
  readUntold(most: number): Promise<readonly UntoldImage[]>;
}

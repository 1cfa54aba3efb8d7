/** How inputs of a target look, and so how they are changed. */
export type Shape = 'json' | 'der' | 'text' | 'bytes';

/** One parser that reads hostile bytes, with what must hold of it whatever they are. */
export interface FuzzTarget {
  /** As in `make fuzz TARGET=`. */
  readonly name: string;
  readonly shape: Shape;
  /** Inputs to begin with: recorded ones, so that what is deep in the parser is reached at once. */
  readonly seeds: readonly Uint8Array[];
  /** Beside those of the parser's own source, words that inputs are made of. */
  readonly words?: readonly string[];
  /** Reads the input. @throws whatever breaks a promise: an error of another kind than the parser's own, or a failed assertion */
  readonly run: (input: Buffer) => void | Promise<void>;
}

/** Inputs are cut to so many bytes: twice the largest seed, and small enough that a linear reader takes a few ms. */
export const MAX_INPUT_BYTES = 64 * 1024;

import { MAX_INPUT_BYTES } from '../fuzz-target.ts';

const HEAD_BYTES = 8;

/** The input a thread is at, where another thread sees it although the first never comes back. */
export interface CurrentInput {
  readonly memory: SharedArrayBuffer;
  write(input: Uint8Array): void;
  /** How many were written so far. */
  count(): number;
  read(): Uint8Array;
}

export function createCurrentInput(
  memory: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + 4 * MAX_INPUT_BYTES),
): CurrentInput {
  const head = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, HEAD_BYTES);
  return {
    memory,
    write(input) {
      const kept = input.subarray(0, bytes.length);
      bytes.set(kept);
      Atomics.store(head, 1, kept.length);
      Atomics.add(head, 0, 1);
    },
    count: () => Atomics.load(head, 0),
    read: () => bytes.slice(0, Atomics.load(head, 1)),
  };
}

import { LIGHT_BYTES, PUSH_BYTES } from './evidence-limits.ts';
import type { HeavyGate } from './heavy-gate.ts';

/** What is read to find out what one push is, with all that it lists. */
export interface PushReading {
  /**
   * Says how many bytes are about to be read. False if they are more than a push may take. More than a little waits for
   * a place among the looks that hold much in memory.
   */
  mayRead(bytes: number): Promise<boolean>;
  /** Gives the place back. */
  end(): void;
}

/** Starts it, for a push into this repository. */
export function startPushReading({
  heavyLooks,
  signal,
  ...lane
}: {
  readonly heavyLooks?: HeavyGate | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly registry: string;
  readonly repository: string;
}): PushReading {
  let total = 0;
  let place: Promise<() => void> | undefined;
  return {
    async mayRead(bytes) {
      total += bytes;
      if (total > PUSH_BYTES) return false;
      if (total > LIGHT_BYTES) place ??= heavyLooks?.enter(lane, signal);
      await place;
      return true;
    },
    end: () => void place?.then((leave) => leave()).catch(() => undefined),
  };
}

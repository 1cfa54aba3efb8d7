import type { ChaosWorld } from '../chaos-world.ts';
import type { Random } from '../random.ts';

/** One way of breaking something, and of mending it again. */
export interface Fault {
  readonly name: string;
  /** How often in each turn of all: a whole number. */
  readonly weight: number;
  /** Breaks it, and resolves once it is mended. */
  strike(world: ChaosWorld, random: Random): Promise<void>;
}

/** What the faults of a run came to, beside the history. */
export interface Damage {
  /** By name of the fault. */
  readonly counts: Map<string, number>;
  /** How long each SIGTERM took, in ms. */
  readonly endedAfterMs: number[];
  /** Registry writes that ended without the writer hearing of it: their replies were thrown away, or a process died. */
  unknownPuts: number;
}

/** How long something stays broken, in ms: from, to. */
export const BROKEN_FOR_MS = [2000, 6000] as const;

/** As many writes as one process has under way at once. */
const UNDER_WAY = 8;

/** Whatever was under way may have been done, and nobody heard of it. */
export function interrupts(damage: Damage): void {
  damage.unknownPuts += UNDER_WAY;
}

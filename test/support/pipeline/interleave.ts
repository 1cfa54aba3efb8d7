import { setImmediate as turn } from 'node:timers/promises';
import type { PortGate } from './port-gate.ts';

interface Waiting {
  readonly actor: string;
  readonly name: string;
  run(): Promise<void>;
}

/** Runs several actors whose port calls come one at a time, in the order that `choose` makes. */
export interface Interleaving {
  /** The gate of one actor's ports. */
  gateOf(actor: string): PortGate;
  /** Starts an actor; it runs until its first port call. */
  act(work: () => Promise<void>): void;
  /** What this actor waits for never comes: it has been killed. */
  kill(actor: string): void;
  /** Lets calls through, one after the other, until all actors have come to their end or been killed. */
  run(): Promise<void>;
  /** The calls in the order they were made, for the message of a failure. */
  readonly trace: readonly string[];
}

/**
 * Between two calls of ports, a process does nothing another one could see: so these orders are all there are.
 * @param choose of so many waiting calls, the next
 */
export function createInterleaving(choose: (count: number) => number): Interleaving {
  const waiting: Waiting[] = [];
  const dead = new Set<string>();
  const trace: string[] = [];
  return {
    trace,
    gateOf: (actor) => (name, call) =>
      new Promise((resolve, reject) => {
        if (!dead.has(actor)) waiting.push({ actor, name, run: () => call().then(resolve, reject) });
      }),
    act: (work) => {
      work().catch(() => undefined);
    },
    kill: (actor) => {
      dead.add(actor);
      for (let at = waiting.length - 1; at >= 0; at--) if (waiting[at]?.actor === actor) waiting.splice(at, 1);
    },
    async run() {
      await turn();
      while (waiting.length > 0) {
        const [next] = waiting.splice(choose(waiting.length), 1);
        // Choosing may have killed the one that was chosen.
        if (next === undefined) continue;
        trace.push(`${next.actor} ${next.name}`);
        await next.run();
        // Whoever waited for the answer goes on to its next call.
        await turn();
        await turn();
      }
    },
  };
}

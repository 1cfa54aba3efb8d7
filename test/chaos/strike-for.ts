import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosWorld } from './chaos-world.ts';
import type { Damage, Fault } from './faults/fault.ts';
import { faultsOfDaemon } from './faults/of-daemon.ts';
import { faultsOfNetwork } from './faults/of-network.ts';
import { faultsOfSources } from './faults/of-sources.ts';
import { faultsOfStores } from './faults/of-stores.ts';
import { faultsOfTrust } from './faults/of-trust.ts';
import type { Random } from './random.ts';

interface StrikeOptions {
  readonly ms: number;
  readonly random: Random;
  readonly damage: Damage;
  /** Only faults whose names hold this. */
  readonly only: string;
  /** From the start of one fault to that of the next; 0: one right after the other. */
  readonly everyMs: number;
  /** What is done about a daemon that has ended by itself. */
  onDeath(world: ChaosWorld): Promise<void>;
}

const LOOK_EVERY_MS = 1000;

/** Strikes one fault after the other until the time is over. @throws {RangeError} if no fault has such a name */
export async function strikeFor(
  world: ChaosWorld,
  { ms, random, damage, only, everyMs, onDeath }: StrikeOptions,
): Promise<void> {
  const all = [
    ...faultsOfDaemon(damage),
    ...faultsOfNetwork(damage),
    ...faultsOfStores(world, damage),
    ...faultsOfSources(world),
    ...faultsOfTrust(damage),
  ];
  const faults = all.filter(({ name }) => name.includes(only));
  if (faults.length === 0) throw new RangeError(`FAULTS: no fault has a name with "${only}"`);
  const expectAlive = async () => (world.daemon().hasEnded() ? onDeath(world) : undefined);
  let turn: Fault[] = [];
  const until = performance.now() + ms;
  for (let next = performance.now() + everyMs; performance.now() < until; next += everyMs) {
    for (let left = everyMs; left > 0; left = Math.min(next, until) - performance.now()) {
      await delay(Math.min(left, LOOK_EVERY_MS));
      await expectAlive();
    }
    if (performance.now() >= until) return;
    await expectAlive();
    if (turn.length === 0) turn = random.shuffle(inTurn(faults));
    const fault = turn.pop();
    if (fault === undefined) return;
    damage.counts.set(fault.name, (damage.counts.get(fault.name) ?? 0) + 1);
    world.history.add(`fault begins: ${fault.name}`);
    await fault.strike(world, random);
    world.history.add(`fault ends: ${fault.name}`);
    await expectAlive();
  }
}

/** Each as often as it weighs: a short run has each kind as soon as a long one has. */
function inTurn(faults: readonly Fault[]): Fault[] {
  return faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
}

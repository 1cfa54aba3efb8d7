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
}

/** Strikes one fault after the other until the time is over. @throws {RangeError} if no fault has such a name */
export async function strikeFor(
  world: ChaosWorld,
  { ms, random, damage, only, everyMs }: StrikeOptions,
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
  let turn: Fault[] = [];
  const until = performance.now() + ms;
  for (let next = performance.now() + everyMs; performance.now() < until; next += everyMs) {
    await delay(Math.max(0, Math.min(next, until) - performance.now()));
    if (performance.now() >= until) return;
    await expectAlive(world);
    if (turn.length === 0) turn = random.shuffle(inTurn(faults));
    const fault = turn.pop();
    if (fault === undefined) return;
    damage.counts.set(fault.name, (damage.counts.get(fault.name) ?? 0) + 1);
    world.history.add(`fault begins: ${fault.name}`);
    await fault.strike(world, random);
    world.history.add(`fault ends: ${fault.name}`);
    await expectAlive(world);
  }
}

/** A fault of others is to be outlived: a daemon that is found dead is a broken promise, and is started again. */
async function expectAlive(world: ChaosWorld): Promise<void> {
  if (!world.daemon().hasEnded()) return;
  world.history.add('the daemon has ended by itself', { detail: world.daemon().output().slice(-2000) });
  await world.start();
}

/** Each as often as it weighs: a short run has each kind as soon as a long one has. */
function inTurn(faults: readonly Fault[]): Fault[] {
  return faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
}

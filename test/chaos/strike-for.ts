import { setTimeout as delay } from 'node:timers/promises';
import { BadOption } from '../support/bad-option.ts';
import type { ChaosProcess } from './chaos-process.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Damage, Fault } from './faults/fault.ts';
import { faultsOfDaemon } from './faults/of-daemon.ts';
import { faultsOfNetwork } from './faults/of-network.ts';
import { faultsOfSources } from './faults/of-sources.ts';
import { faultsOfStores } from './faults/of-stores.ts';
import { faultsOfTrust } from './faults/of-trust.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

interface StrikeOptions {
  readonly ms: number;
  readonly random: Random;
  readonly damage: Damage;
  /** Only faults whose names hold this. */
  readonly only: string;
  /** From the start of one fault to that of the next; 0: one right after the other. */
  readonly everyMs: number;
  /** So many faults and no more, however long they take; 0: those that the time has room for. */
  readonly most: number;
  /** How many are under way at a time. */
  readonly atOnce: number;
  /** What is done about a process that has ended by itself. */
  onDeath(dead: ChaosProcess, history: History): Promise<void>;
}

const LOOK_EVERY_MS = 1000;

/** Strikes one fault after the other until the time is over. @throws {BadOption} if no fault has such a name */
export async function strikeFor(
  world: ChaosWorld,
  { ms, random, damage, only, everyMs, most, atOnce, onDeath }: StrikeOptions,
): Promise<void> {
  const all = [
    ...faultsOfDaemon(world, damage),
    ...faultsOfNetwork(damage),
    ...faultsOfStores(world, damage),
    ...faultsOfSources(world),
    ...faultsOfTrust(damage),
  ];
  const faults = all.filter(({ name }) => name.includes(only));
  if (faults.length === 0) throw new BadOption(`FAULTS: expected a part of a fault's name, got "${only}"`);
  const expectAlive = async (): Promise<void> => {
    for (const each of world.processes)
      if (each.isMeantToRun() && each.daemon().hasEnded()) await onDeath(each, world.history);
  };
  let turn: Fault[] = [];
  let struck = 0;
  const until = performance.now() + ms;
  const isOver = (): boolean => (most > 0 ? struck >= most : performance.now() >= until);
  const strike = async (): Promise<void> => {
    for (let next = performance.now() + everyMs; !isOver(); next += everyMs) {
      for (let left = everyMs; left > 0; left = Math.min(next, until) - performance.now()) {
        await delay(Math.min(left, LOOK_EVERY_MS));
        await expectAlive();
      }
      if (isOver()) return;
      if (turn.length === 0) turn = random.shuffle(inTurn(faults));
      const fault = turn.pop();
      if (fault === undefined) return;
      struck += 1;
      await expectAlive();
      damage.counts.set(fault.name, (damage.counts.get(fault.name) ?? 0) + 1);
      world.history.add(`fault begins: ${fault.name}`);
      await fault.strike(world, random);
      world.history.add(`fault ends: ${fault.name}`);
      await expectAlive();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, strike));
}

/** Each as often as it weighs: a short run has each kind as soon as a long one has. */
function inTurn(faults: readonly Fault[]): Fault[] {
  return faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
}

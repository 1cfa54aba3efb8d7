import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosWorld } from '../chaos-world.ts';
import { BROKEN_FOR_MS, type Fault } from './fault.ts';

/** Where events come from: the broker dies, and others join its group and leave it. */
export function faultsOfSources({ kafka }: ChaosWorld): readonly Fault[] {
  if (kafka === undefined) return [];
  return [
    { name: 'kill -9 of the Kafka broker', weight: 1, strike: () => kafka.restart() },
    {
      name: 'rebalance of the Kafka group',
      weight: 2,
      async strike(_, random) {
        const leave = await kafka.join();
        await delay(random.between(...BROKEN_FOR_MS));
        await leave();
      },
    },
  ];
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosTrust } from '../chaos-trust.ts';
import { BROKEN_FOR_MS, type Damage, type Fault, interrupts } from './fault.ts';
import { pickOf } from './of-daemon.ts';

/** The mirror of the trust root is silent, refuses, or serves what is old or out of date, while a daemon starts. */
export function faultsOfTrust(damage: Damage): readonly Fault[] {
  const fault = (name: string, breakIt: (trust: ChaosTrust) => void): Fault => ({
    name: `TUF mirror ${name}`,
    weight: 1,
    async strike(world, random) {
      breakIt(world.trust);
      // It is asked at the start, and then once an hour.
      const victim = pickOf(world, random, /verify|daemon/);
      await victim.kill();
      interrupts(damage);
      await victim.start();
      await delay(random.between(...BROKEN_FOR_MS));
      world.trust.mend();
    },
  });
  return [
    fault('hangs', (trust) => trust.trouble('hang')),
    fault('refuses', (trust) => trust.trouble(503)),
    fault('cuts its files short', (trust) => trust.trouble('wrong-bytes')),
    fault('goes back', (trust) => trust.rollBack()),
    fault('stands still', (trust) => trust.freeze()),
  ];
}

import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import type { ChaosProcess } from '../chaos-process.ts';
import { post } from '../chaos-sources.ts';
import type { ChaosWorld } from '../chaos-world.ts';
import type { Random } from '../random.ts';
import { BROKEN_FOR_MS, type Damage, type Fault, interrupts } from './fault.ts';

/** What the name of a fault begins with that kills a process at any moment. */
export const KILL_OF = 'kill -9 at any moment of ';
const KILLS_A_TURN = 6;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Processes die, are told to end, are told nonsense, or do not know what time it is. */
export function faultsOfDaemon({ processes }: ChaosWorld, damage: Damage): readonly Fault[] {
  const killAnd = async (victim: ChaosProcess, env?: Readonly<Record<string, string>>) => {
    await victim.kill();
    interrupts(damage);
    await victim.start(env);
  };
  /** Kills one of those that act, of which any may be at it. */
  const killWhile = (what: string, weight: number, hasBegun: (world: ChaosWorld) => () => boolean): Fault => ({
    name: `kill -9 while ${what} is under way`,
    weight,
    async strike(world, random) {
      await waitFor(hasBegun(world), { what, timeoutMs: 5000, intervalMs: 2 }).catch(() => null);
      await killAnd(pickOf(world, random, /act|daemon/));
    },
  });
  const clock = (name: string, ms: number): Fault => ({
    name: `clock ${name}`,
    weight: 1,
    async strike(world, random) {
      const victim = pickOf(world, random);
      await killAnd(victim, { CHAOS_CLOCK_MS: String(ms) });
      await delay(random.between(...BROKEN_FOR_MS));
      await killAnd(victim);
    },
  });
  const roles = [...new Set(processes.map(({ role }) => role))];
  const ofEachRole = roles.map(
    (role): Fault => ({
      name: `${KILL_OF}${role}`,
      weight: Math.ceil(KILLS_A_TURN / roles.length),
      async strike(world, random) {
        await delay(random.between(100, 1500));
        await killAnd(pickOf(world, random, new RegExp(role)));
      },
    }),
  );
  return [
    ...ofEachRole,
    killWhile('a message', 2, ({ slack }) => {
      const seen = slack.requests.length;
      return () => slack.requests.length > seen;
    }),
    killWhile('a release', 2, ({ registries }) => {
      const count = () => registries.flatMap(({ proxy }) => proxy.requests.filter(({ method }) => method === 'DELETE'));
      const seen = count().length;
      return () => count().length > seen;
    }),
    {
      name: 'SIGTERM at work',
      weight: 2,
      async strike(world, random) {
        const victim = pickOf(world, random);
        const { code, ms } = await victim.terminate();
        damage.endedAfterMs.push(ms);
        if (code !== 0) world.history.add('SIGTERM ended badly', { detail: `exit code ${code}` });
        interrupts(damage);
        await victim.start();
      },
    },
    {
      name: 'hostile events',
      weight: 2,
      async strike({ hookUrls, history }, random) {
        const bodies = ['['.repeat(100_000), '{"data":'.repeat(5000), `{"a":"${'x'.repeat(2_000_000)}"}`, 'null', '{}'];
        for (const body of bodies) {
          const status = await post(random.pick(hookUrls()), body);
          if (status !== undefined && status < 400 && status !== 202) history.add(`a hostile event got ${status}`);
        }
      },
    },
    clock('an hour ahead', HOUR_MS),
    clock('an hour behind', -HOUR_MS),
    clock('ten years behind', -3650 * DAY_MS),
    clock('400 days ahead', 400 * DAY_MS),
  ];
}

/** One of those that run, and whose role is such. */
export function pickOf({ processes }: ChaosWorld, random: Random, role = /./): ChaosProcess {
  return random.pick(processes.filter((each) => role.test(each.role) && each.isMeantToRun()));
}

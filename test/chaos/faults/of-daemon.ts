import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import { post } from '../chaos-sources.ts';
import type { ChaosWorld } from '../chaos-world.ts';
import { BROKEN_FOR_MS, type Damage, type Fault, interrupts } from './fault.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The daemon dies, is told to end, is told nonsense, or does not know what time it is. */
export function faultsOfDaemon(damage: Damage): readonly Fault[] {
  const killAnd = async (world: ChaosWorld, env?: Readonly<Record<string, string>>) => {
    await world.kill();
    interrupts(damage);
    await world.start(env);
  };
  const killWhile = (what: string, weight: number, hasBegun: (world: ChaosWorld) => () => boolean): Fault => ({
    name: `kill -9 of the daemon while ${what} is under way`,
    weight,
    async strike(world) {
      await waitFor(hasBegun(world), { what, timeoutMs: 5000, intervalMs: 2 }).catch(() => null);
      await killAnd(world);
    },
  });
  const clock = (name: string, ms: number): Fault => ({
    name: `clock ${name}`,
    weight: 1,
    async strike(world, random) {
      await killAnd(world, { CHAOS_CLOCK_MS: String(ms) });
      await delay(random.between(...BROKEN_FOR_MS));
      await killAnd(world);
    },
  });
  return [
    {
      name: 'kill -9 of the daemon',
      weight: 6,
      async strike(world, random) {
        await delay(random.between(100, 1500));
        await killAnd(world);
      },
    },
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
      async strike(world) {
        const { code, ms } = await world.terminate();
        damage.endedAfterMs.push(ms);
        if (code !== 0) world.history.add('SIGTERM ended badly', { detail: `exit code ${code}` });
        interrupts(damage);
        await world.start();
      },
    },
    {
      name: 'hostile events',
      weight: 2,
      async strike({ hookUrl, history }) {
        const bodies = ['['.repeat(100_000), '{"data":'.repeat(5000), `{"a":"${'x'.repeat(2_000_000)}"}`, 'null', '{}'];
        for (const body of bodies) {
          const status = await post(hookUrl, body);
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

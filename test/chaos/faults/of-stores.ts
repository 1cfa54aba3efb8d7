import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreProxy } from '../../support/queue/store-proxy.ts';
import type { ChaosWorld } from '../chaos-world.ts';
import { BROKEN_FOR_MS, type Damage, type Fault, interrupts } from './fault.ts';

/** What Redis has left when its memory is full, in bytes. */
const REDIS_ROOM = 4 * 1024 * 1024;

/** The record and the queue's store die, hang, lose all they have, run out of room, or give way to another server. */
export function faultsOfStores({ postgres, redis, disk }: ChaosWorld, damage: Damage): readonly Fault[] {
  const during = (name: string, weight: number, strike: Fault['strike']): Fault => ({
    name,
    weight,
    async strike(world, random) {
      await strike(world, random);
      interrupts(damage);
    },
  });
  const away = (name: string, proxy: StoreProxy): readonly Fault[] => [
    during(`${name} away`, 2, async (_, random) => {
      await proxy.cut();
      await delay(random.between(...BROKEN_FOR_MS));
      await proxy.restore();
    }),
    during(`${name} frozen`, 1, async (_, random) => {
      proxy.freeze();
      await delay(random.between(...BROKEN_FOR_MS));
      await proxy.restore();
    }),
  ];
  const full: Fault[] =
    disk === undefined
      ? []
      : [
          during('disk full', 2, async (world, random) => {
            await disk.fill();
            await delay(random.between(...BROKEN_FOR_MS));
            await disk.free();
            for (const each of world.processes) await each.recover();
          }),
        ];
  if (postgres === undefined) {
    return [
      during('kill -9 of the embedded PostgreSQL', 2, async (world) => {
        process.kill(postmasterOf(world.daemon().pid), 'SIGKILL');
        // Without its record the daemon has nothing to say: it may end, and is then started again as by a supervisor.
        await delay(1500);
        for (const each of world.processes) {
          await each.kill();
          await each.start();
        }
      }),
      ...full,
    ];
  }
  return [
    ...away('PostgreSQL', postgres.proxy),
    during('kill -9 of PostgreSQL', 2, () => postgres.restart()),
    during('PostgreSQL fails over to its standby', 1, () => postgres.failOver()),
    ...(redis === undefined
      ? []
      : [
          ...away('Redis', redis.proxy),
          during('FLUSHALL', 1, () => redis.run((client) => client.flushall())),
          during('kill -9 of Redis', 2, () => redis.restart()),
          during('Redis has no memory left', 1, async (_, random) => {
            await redis.run(async (client) => {
              const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
              await client.config('SET', 'maxmemory', String(used + REDIS_ROOM));
            });
            await delay(random.between(...BROKEN_FOR_MS));
            await redis.run((client) => client.config('SET', 'maxmemory', '0'));
          }),
        ]),
  ];
}

function postmasterOf(pid: number): number {
  const children = execFileSync('pgrep', ['-P', String(pid), '-x', 'postgres'], { encoding: 'utf8' });
  return Number(children.trim().split('\n')[0]);
}

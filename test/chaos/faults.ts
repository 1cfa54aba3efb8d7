import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Treatment } from '../support/fault-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Random } from './random.ts';
import { post } from './send-workload.ts';

/** One way of breaking something, and of mending it again. */
export interface Fault {
  readonly name: string;
  /** How often among the others. */
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
  /** Sends that ended without the sender hearing of it: their replies were thrown away, or a process died. */
  unknownSends: number;
  unknownPuts: number;
}

const FOR_MS = [2000, 6000] as const;
const HOUR_MS = 3_600_000;
/** As many writes and messages as one process has under way at once. */
const UNDER_WAY = 8;

/** All faults that this world can have. */
export function faultsOf(world: ChaosWorld, damage: Damage): readonly Fault[] {
  const dies = () => {
    damage.unknownSends += UNDER_WAY;
    damage.unknownPuts += UNDER_WAY;
  };
  const restart = async (env?: Readonly<Record<string, string>>): Promise<void> => world.start(env);
  const registryFault = (name: string, treat: (share: number, random: Random) => Treatment | Promise<Treatment>) =>
    [0.3, 1].map(
      (share): Fault => ({
        name: `registry ${name}, ${share === 1 ? 'always' : '3 of 10'}`,
        weight: 1,
        async strike({ registries }, random) {
          const { proxy } = random.pick(registries);
          proxy.treat(({ method }) => {
            if (!random.chance(share)) return 'pass';
            const treatment = treat(share, random);
            if (method === 'PUT' && treatment !== 'pass') damage.unknownPuts += 1;
            return treatment;
          });
          await delay(random.between(...FOR_MS));
          proxy.treat(undefined);
        },
      }),
    );
  const slackFault = (name: string, treatment: Treatment, share: number): Fault => ({
    name: `Slack ${name}`,
    weight: 1,
    async strike({ slackProxy }, random) {
      slackProxy.treat(() => {
        if (!random.chance(share)) return { replyAfterMs: random.between(20, 120) };
        if (treatment === 'lose-reply') damage.unknownSends += 1;
        return treatment;
      });
      await delay(random.between(...FOR_MS));
      letSlackTakeItsTime(world, random);
    },
  });
  const clock = (name: string, ms: number): Fault => ({
    name: `clock ${name}`,
    weight: 0.25,
    async strike(_, random) {
      await world.kill();
      dies();
      await restart({ CHAOS_CLOCK_MS: String(ms) });
      await delay(random.between(...FOR_MS));
      await world.kill();
      dies();
      await restart();
    },
  });
  return [
    {
      name: 'kill -9 of the daemon',
      weight: 6,
      async strike(_, random) {
        await delay(random.between(100, 1500));
        await world.kill();
        dies();
        await restart();
      },
    },
    {
      name: 'kill -9 of the daemon while a message is under way',
      weight: 2,
      async strike({ slack }) {
        const seen = slack.requests.length;
        await waitFor(() => slack.requests.length > seen, { what: 'a message', timeoutMs: 5000, intervalMs: 2 }).catch(
          () => null,
        );
        await world.kill();
        dies();
        await restart();
      },
    },
    {
      name: 'SIGTERM at work',
      weight: 2,
      async strike() {
        const { code, ms } = await world.terminate();
        damage.endedAfterMs.push(ms);
        if (code !== 0) world.history.add('SIGTERM ended badly', { detail: `exit code ${code}` });
        dies();
        await restart();
      },
    },
    ...registryFault('401', () => ({ status: 401 })),
    ...registryFault('429', () => ({ status: 429, headers: { 'retry-after': '1' } })),
    ...registryFault('503', () => ({ status: 503 })),
    ...registryFault('reset', () => 'reset'),
    ...registryFault('lost replies', () => 'lose-reply'),
    ...registryFault('truncated', () => 'truncate'),
    ...registryFault('wrong bytes', () => 'corrupt'),
    ...registryFault('slow', async (_, random): Promise<Treatment> => {
      await delay(random.between(500, 3000));
      return 'pass';
    }),
    slackFault('503', { status: 503 }, 1),
    slackFault('lost replies, 1 of 10', 'lose-reply', 0.1),
    slackFault('reset', 'reset', 1),
    {
      name: 'mail server refuses',
      weight: 1,
      async strike({ smtp }, random) {
        smtp.setRefusal({ code: 451, text: '4.3.0 later' });
        await delay(random.between(...FOR_MS));
        smtp.setRefusal(undefined);
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
    clock('ten years behind', -10 * 365 * 24 * HOUR_MS),
    clock('400 days ahead', 400 * 24 * HOUR_MS),
    ...storeFaults(world, restart, dies),
  ];
}

function storeFaults(
  { postgres, redis, daemon }: ChaosWorld,
  restart: () => Promise<void>,
  dies: () => void,
): readonly Fault[] {
  if (postgres === undefined) {
    return [
      {
        name: 'kill -9 of the embedded PostgreSQL',
        weight: 2,
        async strike(world) {
          process.kill(postmasterOf(daemon().pid), 'SIGKILL');
          dies();
          // Without its record the daemon has nothing to say: it may end, and is then started again as by a supervisor.
          await delay(1500);
          await world.kill();
          await restart();
        },
      },
    ];
  }
  const cut = (name: string, proxy: typeof postgres): Fault => ({
    name: `${name} away`,
    weight: 2,
    async strike(_, random) {
      await proxy.cut();
      dies();
      await delay(random.between(...FOR_MS));
      await proxy.restore();
    },
  });
  const frozen = (name: string, proxy: typeof postgres): Fault => ({
    name: `${name} frozen`,
    weight: 1,
    async strike(_, random) {
      proxy.freeze();
      dies();
      await delay(random.between(...FOR_MS));
      await proxy.restore();
    },
  });
  const flush: Fault[] =
    redis === undefined
      ? []
      : [
          cut('Redis', redis.proxy),
          frozen('Redis', redis.proxy),
          { name: 'FLUSHALL', weight: 1, strike: async () => flushAll(redis.server.url) },
        ];
  return [cut('PostgreSQL', postgres), frozen('PostgreSQL', postgres), ...flush];
}

async function flushAll(url: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

function postmasterOf(pid: number): number {
  const children = execFileSync('pgrep', ['-P', String(pid), '-x', 'postgres'], { encoding: 'utf8' });
  return Number(children.trim().split('\n')[0]);
}

/** A message takes a while, so that its sender may die meanwhile. */
export function letSlackTakeItsTime({ slackProxy }: ChaosWorld, random: Random): void {
  slackProxy.treat(() => ({ replyAfterMs: random.between(20, 120) }));
}

interface StrikeOptions {
  readonly ms: number;
  readonly random: Random;
  readonly damage: Damage;
  /** Only faults whose names hold this. */
  readonly only: string;
}

/** Strikes one fault after the other until the time is over. */
export async function strikeFor(world: ChaosWorld, { ms, random, damage, only }: StrikeOptions): Promise<void> {
  const faults = faultsOf(world, damage).filter(({ name }) => name.includes(only));
  if (faults.length === 0) throw new RangeError(`FAULTS: no fault has a name with "${only}"`);
  // In turns, so that a short run has each kind as soon as a long one has.
  let turn: Fault[] = [];
  const until = performance.now() + ms;
  while (performance.now() < until) {
    if (turn.length === 0)
      turn = random.shuffle(
        faults.flatMap((fault) => Array.from({ length: Math.max(1, Math.round(fault.weight)) }, () => fault)),
      );
    const fault = turn.pop();
    if (fault === undefined) return;
    damage.counts.set(fault.name, (damage.counts.get(fault.name) ?? 0) + 1);
    world.history.add(`fault begins: ${fault.name}`);
    await fault.strike(world, random);
    world.history.add(`fault ends: ${fault.name}`);
  }
}

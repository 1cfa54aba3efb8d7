import { setTimeout as delay } from 'node:timers/promises';
import type { Treatment } from '../../support/fault-proxy.ts';
import type { ChaosWorld } from '../chaos-world.ts';
import type { Random } from '../random.ts';
import { REPLY_LOST } from '../why-repeated.ts';
import { BROKEN_FOR_MS, type Damage, type Fault } from './fault.ts';

/** Registries, Slack and the mail server refuse, are slow, fall silent, or answer with other bytes. */
export function faultsOfNetwork(damage: Damage): readonly Fault[] {
  const registryFault = (name: string, treat: (random: Random) => Treatment | Promise<Treatment>) =>
    [0.3, 1].map(
      (share): Fault => ({
        name: `registry ${name}, ${share === 1 ? 'always' : '3 of 10'}`,
        weight: 1,
        async strike({ registries }, random) {
          const { proxy } = random.pick(registries);
          proxy.treat(({ method }) => {
            if (!random.chance(share)) return 'pass';
            const treatment = treat(random);
            if (method === 'PUT' && treatment !== 'pass') damage.unknownPuts += 1;
            return treatment;
          });
          await delay(random.between(...BROKEN_FOR_MS));
          proxy.treat(undefined);
        },
      }),
    );
  const slackFault = (name: string, treatment: Treatment, share: number): Fault => ({
    name: `Slack ${name}`,
    weight: 1,
    async strike(world, random) {
      world.slackProxy.treat(() => {
        if (!random.chance(share)) return { replyAfterMs: random.between(20, 120) };
        if (treatment === 'lose-reply') world.history.add(REPLY_LOST);
        return treatment;
      });
      await delay(random.between(...BROKEN_FOR_MS));
      letSlackTakeItsTime(world, random);
    },
  });
  return [
    ...registryFault('401', () => ({ status: 401 })),
    ...registryFault('429', () => ({ status: 429, headers: { 'retry-after': '1' } })),
    ...registryFault('503', () => ({ status: 503 })),
    ...registryFault('reset', () => 'reset'),
    ...registryFault('lost replies', () => 'lose-reply'),
    ...registryFault('truncated', () => 'truncate'),
    ...registryFault('wrong bytes', () => 'corrupt'),
    ...registryFault('slow', async (random): Promise<Treatment> => {
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
        await delay(random.between(...BROKEN_FOR_MS));
        smtp.setRefusal(undefined);
      },
    },
  ];
}

/** A message takes a while, so that its sender may die meanwhile. */
export function letSlackTakeItsTime({ slackProxy }: ChaosWorld, random: Random): void {
  slackProxy.treat(() => ({ replyAfterMs: random.between(20, 120) }));
}

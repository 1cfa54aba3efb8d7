import { setTimeout as delay } from 'node:timers/promises';
import type { Build } from '../../bench/compare/build-revision.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { KILLED } from '../chaos-process.ts';
import { post } from '../chaos-sources.ts';
import { type ChaosWorld, startChaosWorld } from '../chaos-world.ts';
import { checkRun, type Findings, type Violation } from '../check-run.ts';
import { type Damage, interrupts } from '../faults/fault.ts';
import { createHistory, type History } from '../history.ts';
import type { ChaosOptions } from '../options.ts';
import { planWorkload } from '../plan-workload.ts';
import { createRandom } from '../random.ts';
import { replay, sendWorkload } from '../send-workload.ts';
import { settle } from '../settle.ts';
import { hookOf, type Member, startMember } from './member.ts';
import { type OldAtWork, oldAtWork } from './old-at-work.ts';

/** From which build to which. */
export interface Upgrade {
  readonly from: Build;
  readonly to: Build;
}

/** What an upgrade came to. */
export interface UpgradeResult extends Findings {
  readonly history: History;
  readonly images: number;
  readonly settledAfterMs: number | null;
  /** What processes of the old build did on the schema of the new one. */
  readonly old: OldAtWork;
}

/** The one that is told to end, the one that is killed, and the one that stays longest. */
const MEMBERS = ['first', 'second', 'third'] as const;
const SETTLED_WITHIN_MS = 180_000;

/**
 * Lets processes of the old build work on one PostgreSQL and one Redis, and replaces them one after the other by the new
 * build, under the workload. The first new one migrates the schema under the others. One of those is killed then, and
 * tried to be started again: it must refuse, and say what to do.
 */
export async function runUpgrade(
  options: ChaosOptions,
  { from, to }: Upgrade,
  say: (line: string) => void,
): Promise<UpgradeResult> {
  const history = createHistory();
  const damage: Damage = { counts: new Map(), endedAfterMs: [], unknownPuts: 0 };
  const violations: Violation[] = [];
  const note = (what: string): void => {
    say(what);
    history.add(`fault: ${what}`);
  };
  const workload = planWorkload(options.events, createRandom(options.seed));
  const around = await startChaosWorld({ ...options, record: 'redis' }, history, { isEmpty: true });
  const dir = await makeTempDir('upgrade');
  const members: Member[] = [];
  try {
    for (const name of MEMBERS) members.push(await startMember(around, { name, dir: dir.path, build: from }));
    const world = inFrontOf(around, members);
    const random = createRandom(options.seed + 2);
    const sending = sendWorkload(world, workload, { overMs: options.faultsMs, random });
    const [first, second, third] = members as [Member, Member, Member];
    const pause = (): Promise<void> => delay(options.faultsMs / (2 * MEMBERS.length));

    await pause();
    await replace(first);
    await pause();
    note(`the second ${from.name} is killed, and started again`);
    const atWork = oldAtWork([second, third]);
    history.add(KILLED, { detail: 'daemon second' });
    await second.daemon().end('SIGKILL');
    interrupts(damage);
    const refusal = await second.start(from).then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    if (!/code 3:/.test(refusal) || !refusal.includes('DATABASE_TOO_NEW')) {
      violations.push({ invariant: 'refuses', words: `an old process on the new schema: ${refusal.slice(-1500)}` });
    }
    await second.start(to);
    note(`the second is ${to.name}`);
    await pause();
    await replace(third);
    const old = atWork();
    if (old.verdicts === 0) violations.push({ invariant: 'at work', words: 'no old process judged on the new schema' });
    for (const words of old.refused) violations.push({ invariant: 'schema', words });

    await sending.done;
    const images = [...sending.pushed.values()];
    await replay(
      world,
      images.filter(({ plan }) => workload.replays.includes(plan.number)),
    );
    const overAt = performance.now();
    const { records, isWhole } = await settle(world, images, { withinMs: SETTLED_WITHIN_MS, say });
    const found = await checkRun({ world, images, records, damage });
    return {
      ...found,
      violations: [...violations, ...found.violations],
      history,
      images: images.length,
      settledAfterMs: isWhole ? performance.now() - overAt : null,
      old,
    };
  } finally {
    for (const { daemon } of members) await daemon().end('SIGTERM');
    await around.stop();
    await dir.remove();
  }

  async function replace(member: Member): Promise<void> {
    note(`the ${member.name} ${from.name} is told to end`);
    const code = await member.daemon().end('SIGTERM');
    if (code !== 0) violations.push({ invariant: 'answers', words: `SIGTERM ended ${member.name} with code ${code}` });
    await member.start(to);
    note(`the ${member.name} is ${to.name}`);
  }
}

/** The world as it is with a load balancer before these: what one does not take is offered to the next. */
function inFrontOf(world: ChaosWorld, members: readonly Member[]): ChaosWorld {
  let turn = 0;
  const offer = async (body: string): Promise<number | undefined> => {
    turn += 1;
    const member = members[turn % members.length];
    const registry = world.registries.find(({ proxy }) => body.includes(`"${proxy.host}"`));
    if (member === undefined || registry === undefined) throw new RangeError('nobody hears of this');
    return post(`http://127.0.0.1:${member.port}/webhooks/${hookOf(registry.id)}`, body);
  };
  const running = (): Member | undefined => members.findLast(({ daemon }) => !daemon().hasEnded());
  return {
    ...world,
    ways: [offer],
    daemon() {
      const member = running();
      if (member === undefined) throw new RangeError('no process runs');
      return member.daemon();
    },
  };
}

import { KILLED } from './chaos-process.ts';
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts';
import { checkRun, type Findings } from './check-run.ts';
import { giveUp, startAgain } from './daemon-ended.ts';
import type { Damage } from './faults/fault.ts';
import { KILL_OF } from './faults/of-daemon.ts';
import { letSlackTakeItsTime } from './faults/of-network.ts';
import { createHistory, type History } from './history.ts';
import type { ChaosOptions } from './options.ts';
import { planWorkload } from './plan-workload.ts';
import { createRandom } from './random.ts';
import { replay, sendWorkload } from './send-workload.ts';
import { settle } from './settle.ts';
import { strikeFor } from './strike-for.ts';
import { type SeenLevels, watchLevels } from './watch-levels.ts';

/** What a run came to. */
export interface ChaosResult extends Findings {
  readonly history: History;
  readonly damage: Damage;
  readonly images: number;
  readonly events: number;
  /** From the end of the faults until nothing was left to do, in ms; `null` if that was waited for in vain. */
  readonly settledAfterMs: number | null;
  readonly levels: SeenLevels;
}

/** How a soak differs from a run of faults alone, beside that the daemon is the one people start. */
export interface Pace {
  /** From one fault to the next; without it one follows the other. */
  readonly faultEveryMs: number;
  /** When images that are signed late are, so that there is as much of that in each part of the run. */
  readonly lateAfterMs: number;
  /**
   * Begins to look at the world, and at how many events it has accepted; the function it returns ends that, once
   * everything is settled.
   */
  watch(world: ChaosWorld, countEvents: () => number): () => Promise<void>;
}

/** T_max: everything must have its end so long after the last fault. */
const SETTLED_WITHIN_MS = 120_000;
/** With a fault put in, some images have no right end at all: as long as all others take. */
const SETTLED_WITH_A_BUG_MS = 45_000;

/**
 * Runs the workload under faults, waits for the end of everything, and holds all that was recorded against the invariants.
 * @throws {DaemonEnded} in a soak whose daemon has ended by itself
 */
export async function runChaos(options: ChaosOptions, say: (line: string) => void, pace?: Pace): Promise<ChaosResult> {
  const history = createHistory();
  const damage: Damage = { counts: new Map(), endedAfterMs: [], unknownPuts: 0 };
  const random = createRandom(options.seed);
  const workload = planWorkload(options.events, random);
  const world = await startChaosWorld(options, history, { isBuilt: pace !== undefined });
  try {
    const levelsOf = await watchLevels(world, pace !== undefined);
    letSlackTakeItsTime(world, createRandom(options.seed + 1));
    const sending = sendWorkload(world, workload, {
      overMs: options.faultsMs,
      random: createRandom(options.seed + 2),
      ...(pace !== undefined && { lateAfterMs: pace.lateAfterMs }),
    });
    const endWatch = pace?.watch(world, () => countAccepted(history));
    const { kills } = options;
    const striking = strikeFor(world, {
      ms: options.faultsMs,
      random: createRandom(options.seed + 3),
      damage,
      only: kills > 0 ? KILL_OF : options.faults,
      everyMs: pace?.faultEveryMs ?? 0,
      most: kills,
      // Two kills, where there are others to go on.
      atOnce: kills > 0 && world.processes.length > 1 ? 2 : 1,
      onDeath: pace === undefined ? startAgain : giveUp,
    });
    await Promise.all([striking.then(() => say('the faults are over')), sending.done]);
    const images = [...sending.pushed.values()];
    await replay(
      world,
      images.filter(({ plan }) => workload.replays.includes(plan.number)),
    );
    const overAt = performance.now();
    const withinMs = options.bug === undefined ? SETTLED_WITHIN_MS : SETTLED_WITH_A_BUG_MS;
    const { records, isWhole } = await settle(world, images, { withinMs, say });
    await endWatch?.();
    const levels = await levelsOf();
    return {
      ...(await checkRun({ world, images, records, damage, levels })),
      levels,
      history,
      damage,
      images: images.length,
      events: countAccepted(history),
      settledAfterMs: isWhole ? performance.now() - overAt : null,
    };
  } finally {
    await world.stop();
  }
}

/** How often `kill -9` struck, by role. */
export function countKills({ all }: History): ReadonlyMap<string, number> {
  const killed = all.filter(({ what }) => what === KILLED);
  const byRole = Map.groupBy(killed, ({ detail = '' }) => detail.replace(/ \d+$/, ''));
  return new Map([...byRole].map(([role, kills]) => [role, kills.length]));
}

function countAccepted({ all }: History): number {
  return all.filter(({ what }) => what === 'accepted').length;
}

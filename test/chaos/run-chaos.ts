import type { Digest } from '../../src/domain/digest.ts';
import { rssMbOf } from '../bench/process-usage.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts';
import { checkRun, type Findings } from './check-run.ts';
import { giveUp, startAgain } from './daemon-ended.ts';
import type { Damage } from './faults/fault.ts';
import { letSlackTakeItsTime } from './faults/of-network.ts';
import { createHistory, type History } from './history.ts';
import type { ChaosOptions } from './options.ts';
import { planWorkload } from './plan-workload.ts';
import { createRandom } from './random.ts';
import { isSettled, type RecordedImage, readRecord } from './read-record.ts';
import { type PushedPlan, replay, sendWorkload } from './send-workload.ts';
import { strikeFor } from './strike-for.ts';

/** What a run came to. */
export interface ChaosResult extends Findings {
  readonly history: History;
  readonly damage: Damage;
  readonly images: number;
  readonly events: number;
  /** From the end of the faults until nothing was left to do, in ms; `null` if that was waited for in vain. */
  readonly settledAfterMs: number | null;
  readonly rssMb: number;
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
/** A look at one image takes so long, and all are looked at. */
const LOOK_MS = 10;
/** With a fault put in, some images have no right end at all: as long as all others take. */
const SETTLED_WITH_A_BUG_MS = 45_000;

/**
 * Runs the workload under faults, waits for the end of everything, and holds all that was recorded against the invariants.
 * @throws {DaemonEnded} in a soak whose daemon has ended by itself
 */
export async function runChaos(options: ChaosOptions, say: (line: string) => void, pace?: Pace): Promise<ChaosResult> {
  const history = createHistory();
  const damage: Damage = { counts: new Map(), endedAfterMs: [], unknownSends: 0, unknownPuts: 0 };
  const random = createRandom(options.seed);
  const workload = planWorkload(options.events, random);
  const world = await startChaosWorld(options, history, pace !== undefined);
  try {
    letSlackTakeItsTime(world, createRandom(options.seed + 1));
    const sending = sendWorkload(world, workload, {
      overMs: options.faultsMs,
      random: createRandom(options.seed + 2),
      ...(pace !== undefined && { lateAfterMs: pace.lateAfterMs }),
    });
    const endWatch = pace?.watch(world, () => countAccepted(history));
    const striking = strikeFor(world, {
      ms: options.faultsMs,
      random: createRandom(options.seed + 3),
      damage,
      only: options.faults,
      everyMs: pace?.faultEveryMs ?? 0,
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
    return {
      ...(await checkRun({ world, images, records, damage })),
      history,
      damage,
      images: images.length,
      events: countAccepted(history),
      settledAfterMs: isWhole ? performance.now() - overAt : null,
      rssMb: rssMbOf(world.daemon().pid),
    };
  } finally {
    await world.stop();
  }
}

function countAccepted({ all }: History): number {
  return all.filter(({ what }) => what === 'accepted').length;
}

interface SettleOptions {
  readonly withinMs: number;
  say(line: string): void;
}

async function settle(world: ChaosWorld, images: readonly PushedPlan[], { withinMs, say }: SettleOptions) {
  const records = new Map<Digest, RecordedImage | null>();
  const open = new Map(images.map((image) => [image.pushed.digest, image]));
  const look = async (): Promise<boolean> => {
    for (const [digest, { plan }] of open) {
      const record = await readRecord(world, plan, digest);
      records.set(digest, record);
      if (isSettled(record) && !(plan.kind === 'late' && record?.outcome !== 'pass')) open.delete(digest);
    }
    return open.size === 0;
  };
  const isWhole = await waitFor(look, {
    what: 'every image to have its end',
    timeoutMs: withinMs + images.length * LOOK_MS,
    intervalMs: 1000,
  }).catch(() => false);
  if (!isWhole) say(`${open.size} images have no end after ${withinMs / 1000} s and the time to look at each`);
  return { records, isWhole };
}

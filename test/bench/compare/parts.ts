import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../../src/domain/digest.ts';
import type { BenchDaemon } from '../bench-daemon.ts';
import { type Announced, deliver, deliverSteadily } from '../deliver.ts';
import { childrenCpuMsOf, cpuMsOf, rssMbOf } from '../process-usage.ts';
import { pushSigned } from '../push-signed.ts';
import { quantile } from '../statistics.ts';
import { measureSweeps } from '../sweep/measure-sweeps.ts';
import { startListedRegistry } from '../sweep/start-listed.ts';
import { type Builds, CONNECTIONS, judgeAll, type World, withBoth } from './both.ts';
import type { Build } from './build-revision.ts';
import { compareMemory } from './memory.ts';
import { quiet } from './quiet.ts';
import type { Samples, Turn } from './samples.ts';

/** Measures both builds, turn by turn, the order changing every turn. */
export type Part = (builds: Builds, runs: number, samples: Samples) => Promise<void>;

const VERDICTS = 1_000;
const REPOSITORIES = 10;
/** Until most of the code is compiled. */
const WARM_UP = 600;
const EVENTS = 2_000;
const REPEATED = 100;
const STEADY = { perSecond: 100, seconds: 5 };
const IDLE_MS = 60_000;
const SETTLE_MS = 10_000;

/** The parts by name. */
export const PARTS: Readonly<Record<string, Part>> = {
  verdicts: compareVerdicts,
  ingest: compareIngest,
  repeats: compareRepeats,
  idle: compareIdle,
  start: compareStart,
  memory: compareMemory,
  sweep: compareSweep,
};

async function inTurns(
  { base, now }: World,
  runs: number,
  samples: Samples,
  take: (bench: BenchDaemon, run: number) => Promise<Turn>,
): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    if (run % 2 === 0) {
      const first = await take(base, run);
      samples.add(first, await take(now, run));
    } else {
      const first = await take(now, run);
      samples.add(await take(base, run), first);
    }
  }
}

async function compareVerdicts(builds: Builds, runs: number, samples: Samples): Promise<void> {
  await withBoth(builds, async (world) => {
    const { url, sigstore } = world;
    const warmUp = await pushSigned(url, sigstore, { repository: 'bench/warm-up', count: WARM_UP });
    for (const bench of [world.base, world.now]) await judgeAll(bench, warmUp);
    const images: (readonly Announced[])[] = [];
    for (let run = 0; run < runs; run += 1) images.push(await pushToSeveral(world, `bench/run-${run}`));
    await inTurns(world, runs, samples, async (bench, run) => {
      await quiet(bench.daemon.pid);
      const { spent, seconds } = await costOf(bench, () => judgeAll(bench, images[run] ?? []));
      return {
        daemonCpuPerVerdict: spent.daemon / VERDICTS,
        postgresCpuPerVerdict: spent.postgres / VERDICTS,
        verdictsPerSecond: VERDICTS / seconds,
      };
    });
  });
}

/** Of one repository after the other: a single one never gets more than half of what there is. */
async function pushToSeveral({ url, sigstore }: World, name: string): Promise<readonly Announced[]> {
  const count = VERDICTS / REPOSITORIES;
  const each: (readonly Announced[])[] = [];
  for (let at = 0; at < REPOSITORIES; at += 1) {
    each.push(await pushSigned(url, sigstore, { repository: `${name}-${at}`, count }));
  }
  return Array.from({ length: count }, (_, at) => each.flatMap((images) => images.slice(at, at + 1))).flat();
}

async function compareIngest(builds: Builds, runs: number, samples: Samples): Promise<void> {
  await withBoth(builds, async (world) => {
    for (const bench of [world.base, world.now]) await deliver(bench.hookUrl, absent('warm up', 500), CONNECTIONS);
    await inTurns(world, runs, samples, async (bench, run) => {
      const { pid } = bench.daemon;
      await quiet(pid);
      const steady = await deliverSteadily(
        bench.hookUrl,
        absent(`steady ${run}`, STEADY.perSecond * STEADY.seconds),
        STEADY.perSecond,
      );
      await quiet(pid);
      let perSecond = 0;
      const { spent } = await costOf(bench, async () => {
        const from = performance.now();
        await deliver(bench.hookUrl, absent(`flood ${run}`, EVENTS), CONNECTIONS);
        perSecond = EVENTS / ((performance.now() - from) / 1_000);
        await quiet(pid);
      });
      return {
        ackP95: quantile(steady, 0.95),
        eventsPerSecond: perSecond,
        cpuPerEvent: spent.daemon / EVENTS,
        postgresCpuPerEvent: spent.postgres / EVENTS,
      };
    });
  });
}

async function compareRepeats(builds: Builds, runs: number, samples: Samples): Promise<void> {
  await withBoth(builds, async (world) => {
    const images = await pushSigned(world.url, world.sigstore, { repository: 'bench/repeated', count: REPEATED });
    for (const bench of [world.base, world.now]) await judgeAll(bench, images);
    const repeats = Array.from({ length: EVENTS / REPEATED }, () => images).flat();
    await inTurns(world, runs, samples, async (bench) => {
      await quiet(bench.daemon.pid);
      const { spent, seconds } = await costOf(bench, () => deliver(bench.hookUrl, repeats, CONNECTIONS));
      return {
        cpuPerRepeat: spent.daemon / EVENTS,
        postgresCpuPerRepeat: spent.postgres / EVENTS,
        repeatsPerSecond: EVENTS / seconds,
      };
    });
  });
}

/** Both at the same time: they do not ask each other for anything. */
async function compareIdle(builds: Builds, _runs: number, samples: Samples): Promise<void> {
  await withBoth(builds, async (world) => {
    await delay(SETTLE_MS);
    const take = async (bench: BenchDaemon): Promise<Turn> => {
      const { spent } = await costOf(bench, () => delay(IDLE_MS));
      return {
        idleCpu: (spent.daemon / IDLE_MS) * 100,
        idlePostgresCpu: (spent.postgres / IDLE_MS) * 100,
        rssIdle: rssMbOf(bench.daemon.pid),
      };
    };
    const [base, now] = await Promise.all([take(world.base), take(world.now)]);
    samples.add(base, now);
  });
}

async function compareStart(builds: Builds, runs: number, samples: Samples): Promise<void> {
  await withBoth(builds, (world) =>
    inTurns(world, runs, samples, async (bench) => {
      await bench.daemon.end('SIGTERM');
      const from = performance.now();
      const { pid } = await bench.restart();
      return { start: performance.now() - from, startCpu: cpuMsOf(pid) };
    }),
  );
}

/** Of 2,000 tags, by the catalogue. */
async function compareSweep(builds: Builds, runs: number, samples: Samples): Promise<void> {
  const size = { repositories: 100, tagsEach: 20 };
  const take = async ({ launcher }: Build): Promise<Turn> => {
    const registry = await startListedRegistry(size);
    try {
      const { unchanged } = await measureSweeps(registry, 'catalog', size, launcher);
      return { sweepCpu: unchanged.cpuMs / 1_000, sweepPostgresCpu: unchanged.postgresMs / 1_000 };
    } finally {
      await registry.stop();
    }
  };
  for (let run = 0; run < runs; run += 1) samples.add(await take(builds.base), await take(builds.now));
}

interface Cost {
  readonly seconds: number;
  /** CPU, in ms. */
  readonly spent: { readonly daemon: number; readonly postgres: number };
}

async function costOf({ daemon: { pid } }: BenchDaemon, work: () => Promise<unknown>): Promise<Cost> {
  const before = { daemon: cpuMsOf(pid), postgres: childrenCpuMsOf(pid) };
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1_000;
  return {
    seconds,
    spent: { daemon: cpuMsOf(pid) - before.daemon, postgres: childrenCpuMsOf(pid) - before.postgres },
  };
}

/** Events of images that nobody has pushed: all the work of a new subject is done, and the registry is asked for each. */
function absent(name: string, count: number): readonly Announced[] {
  return Array.from({ length: count }, (_, index) => {
    const digest = `sha256:${createHash('sha256').update(`${name} ${index}`).digest('hex')}` as Digest;
    return { repository: `bench/ingest-${index % 50}`, digest };
  });
}

import { type PushedImage, pushSigned } from '../e2e/world/push.ts';
import { startWorld, type World } from '../e2e/world/start-world.ts';
import type { LazaretDaemon } from '../support/lazaret-daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { cpuMsOf } from './process-usage.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

const IMAGES = 240;
/** So many in one repository: none may have more than half of the work. */
const OF_A_REPOSITORY = 20;
const COUNTS = [1, 2, 4];

/**
 * Measures what 1, 2 and 4 processes that verify do with images that pass, on one PostgreSQL and one Redis, with one
 * process that ingests; registry and servers on the same machine.
 */
export async function benchVerifyProcesses(runs: number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS) {
    const seen: Awaited<ReturnType<typeof measure>>[] = [];
    for (let run = 0; run < runs; run++) seen.push(await measure(count));
    const name = `${count} ${count === 1 ? 'process' : 'processes'}`;
    figures.push(
      { name: `${name}: verdicts a second`, unit: '/s', ...spreadOf(seen.map(({ perSecond }) => perSecond)) },
      { name: `${name}: verdicts a CPU second`, unit: '/s', ...spreadOf(seen.map(({ perCpuSecond }) => perCpuSecond)) },
    );
  }
  return figures;
}

async function measure(count: number) {
  const world = await startWorld({ registry: 'olareg', source: 'webhook', stores: 'external', roles: 'ingest,api' });
  try {
    const images = await pushAll(world);
    const daemons: LazaretDaemon[] = [];
    while (daemons.length < count) daemons.push((await world.startTwin('verify')).daemon);
    // What judges first has much to load.
    for (const image of images.splice(0, 40)) await announce(world, image);
    await waitFor(async () => (await verdicts(daemons)) >= 40, { what: 'the first verdicts', timeoutMs: 60_000 });
    const [before, cpuBefore, from] = [await verdicts(daemons), cpuOf(daemons), performance.now()];
    for (const image of images) await announce(world, image);
    const wanted = before + images.length;
    await waitFor(async () => (await verdicts(daemons)) >= wanted, { what: 'all verdicts', timeoutMs: 120_000 });
    const [seconds, cpu] = [(performance.now() - from) / 1_000, cpuOf(daemons) - cpuBefore];
    return {
      perSecond: images.length / seconds,
      perCpuSecond: (images.length * 1_000) / cpu,
    };
  } finally {
    await world.stop();
  }
}

async function pushAll(world: World): Promise<PushedImage[]> {
  const silent = { announce: async () => undefined, stop: async () => undefined };
  const images: PushedImage[] = [];
  for (let n = 0; n < IMAGES; n++) {
    const repository = `acme/strict/of-${Math.floor(n / OF_A_REPOSITORY)}/image-${n}`;
    images.push(await pushSigned({ ...world, announcer: silent }, repository, 'good', 'quietly'));
  }
  return images;
}

function announce(world: World, pushed: PushedImage): Promise<void> {
  const { repository } = pushed;
  return world.announcer.announce({ host: world.registry.host, repository, tag: 'v1', pushed });
}

function cpuOf(daemons: readonly LazaretDaemon[]): number {
  return daemons.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

async function verdicts(daemons: readonly LazaretDaemon[]): Promise<number> {
  const counts = await Promise.all(
    daemons.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return [...text.matchAll(/^lazaret_verdicts_total\{.*final="true"\} (\d+)$/gm)].map(([, count]) => Number(count));
    }),
  );
  return counts.flat().reduce((sum, count) => sum + count, 0);
}

import { startOlareg } from '../../support/servers/olareg.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type BenchDaemon, startBenchDaemon } from '../bench-daemon.ts';
import { type Announced, deliver } from '../deliver.ts';
import { passedSoFar } from '../passed-so-far.ts';
import { childrenCpuMsOf, cpuMsOf } from '../process-usage.ts';
import { pushSigned } from '../push-signed.ts';
import type { Figure } from '../report.ts';
import { spreadOf } from '../statistics.ts';
import { type Cost, fillAndSweep } from './fill-and-sweep.ts';

/** How much there is of what may grow. */
interface Size {
  /** On record. */
  readonly images: number;
  readonly policies: number;
  /** Bundles of each image. */
  readonly pieces: number;
  readonly registries: number;
}

const SMALL: Size = { images: 1_000, policies: 10, pieces: 1, registries: 1 };
/** One thing grows at a time. */
const SIZES: readonly Size[] = [
  SMALL,
  { ...SMALL, images: 10_000 },
  { ...SMALL, images: 100_000 },
  { ...SMALL, policies: 1_000 },
  { ...SMALL, pieces: 50 },
  { ...SMALL, registries: 4 },
];

/** New images after as many that warm the daemon up; fewer where each has many bundles, which take long to sign. */
const NEW_IMAGES = 120;
const OF_MANY_PIECES = 16;
const REPEATS = 2_000;

/**
 * What a cold verdict, a repeated event and a round of the sweeper cost, while one thing after the other grows. Each size
 * is shown as soon as it is measured, for all of them take minutes.
 */
export async function benchGrowth(runs: number, show: (figures: readonly Figure[]) => void): Promise<void> {
  const sigstore = createSigstoreWorld();
  for (const size of SIZES) {
    const measured: Measured[] = [];
    for (let run = 0; run < runs; run += 1) measured.push(await measure(size, sigstore));
    for (const what of ['verdict', 'repeat', 'round'] as const) show(figuresOf(size, what, measured));
  }
}

type Measured = Readonly<Record<'verdict' | 'repeat' | 'round', Cost>>;

async function measure(size: Size, sigstore: SigstoreWorld): Promise<Measured> {
  const registry = await startOlareg();
  const more = Array.from({ length: size.registries - 1 }, (_, at) => `more-${at + 1}`);
  const bench = await startBenchDaemon(registry.url, sigstore, {
    otherPolicies: size.policies - 1,
    moreRegistries: more.length,
  });
  const count = size.pieces > 1 ? OF_MANY_PIECES : NEW_IMAGES;
  const push = async (name: string, most = count): Promise<Batch> => {
    const places = [['prod', `bench/${name}`] as const, ...more.map((id) => [id, `${id}/${name}`] as const)];
    const batch: [string, readonly Announced[]][] = [];
    for (const [id, repository] of places) {
      const many = { repository, count: Math.ceil(most / places.length), bundles: size.pieces };
      batch.push([id === 'prod' ? bench.hookUrl : bench.hookOf(id), await pushSigned(registry.url, sigstore, many)]);
    }
    return batch;
  };
  try {
    // What the rest is filled in by.
    await judge(bench, await push('first', 1));
    let round: Cost | undefined;
    const registryIds = ['prod', ...more];
    await bench.restart(async () => {
      round = await fillAndSweep(bench.dataDir, { images: size.images, registryIds });
    });
    await judge(bench, await push('warm'));
    const batch = await push('measured');
    const verdict = await costOf(bench, sizeOf(batch), () => judge(bench, batch));
    const repeats = batch.map(([hook, images]): Batch[number] => [hook, repeat(images, REPEATS / batch.length)]);
    const repeated = await costOf(bench, sizeOf(repeats), () => announce(repeats));
    if (round === undefined) throw new TypeError('the record was not filled');
    return { verdict, repeat: repeated, round };
  } finally {
    await bench.stop();
    await registry.stop();
  }
}

/** Pushes by the hook they are announced to. */
type Batch = (readonly [string, readonly Announced[]])[];

function sizeOf(batch: Batch): number {
  return batch.reduce((sum, [, images]) => sum + images.length, 0);
}

function repeat(images: readonly Announced[], times: number): readonly Announced[] {
  return Array.from({ length: times }, (_, at) => images[at % images.length]).filter((image) => image !== undefined);
}

async function announce(batch: Batch): Promise<void> {
  const connections = Math.ceil(16 / batch.length);
  await Promise.all(batch.map(([hook, images]) => deliver(hook, images, connections)));
}

/** Announces images, and waits until all have passed. */
async function judge({ daemon }: BenchDaemon, batch: Batch): Promise<void> {
  const before = await passedSoFar(daemon.url);
  await announce(batch);
  await waitFor(async () => (await passedSoFar(daemon.url)) >= before + sizeOf(batch), {
    what: 'all images to pass',
    timeoutMs: 120_000,
    // Each look at the metrics costs something, too.
    intervalMs: 100,
    context: daemon.output,
  });
}

async function costOf({ daemon: { pid } }: BenchDaemon, count: number, work: () => Promise<void>): Promise<Cost> {
  const before = { cpu: cpuMsOf(pid), postgres: childrenCpuMsOf(pid), at: performance.now() };
  await work();
  return {
    cpuMs: (cpuMsOf(pid) - before.cpu) / count,
    postgresMs: (childrenCpuMsOf(pid) - before.postgres) / count,
    ms: (performance.now() - before.at) / count,
  };
}

const NAMES = {
  verdict: 'a cold verdict',
  repeat: 'a repeated event',
  round: 'a round of the sweeper',
} as const;

function figuresOf(size: Size, of: keyof Measured, measured: readonly Measured[]): readonly Figure[] {
  const { images, policies, pieces, registries } = size;
  const on = `${images / 1_000}k images, ${policies} policies, ${pieces} a piece, ${registries} registries`;
  const figure = (name: string, value: (cost: Cost) => number): Figure => ({
    name: `${NAMES[of]}: ${name} (${on.replace('a piece', pieces === 1 ? 'piece' : 'pieces')})`,
    unit: 'ms',
    ...spreadOf(measured.map((each) => value(each[of]))),
  });
  return [
    figure('CPU, daemon', ({ cpuMs }) => cpuMs),
    figure('CPU, PostgreSQL', ({ postgresMs }) => postgresMs),
    figure('time', ({ ms }) => ms),
  ];
}

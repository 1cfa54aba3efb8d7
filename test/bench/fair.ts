import { setTimeout as delay } from 'node:timers/promises';
import { createSigstoreWorld, type SigstoreWorld } from '../support/sigstore-world.ts';
import { type BenchDaemon, startBenchDaemon } from './bench-daemon.ts';
import { type Announced, deliver } from './deliver.ts';
import { type HeavyRegistry, startHeavyRegistry } from './heavy-registry.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

/** Heavy pushes of one repository; `FAIR_HEAVY` for fewer. */
const HEAVY = Number(process.env['FAIR_HEAVY'] ?? 10_000);
/** Bundles of each of them, of which none proves it: a look reads and checks them all. */
const BUNDLES = 40;
/** Pushes to the registry that hangs. */
const HANGING = 200;
const REPEATS = 10;
const PATIENCE_MS = 120_000;

/** From a push to its verdict: in quiet, beside ten thousand heavy pushes of another repository, beside a registry that hangs. */
export async function benchFair(runs: number): Promise<readonly Figure[]> {
  const sigstore = createSigstoreWorld();
  const registry = await startHeavyRegistry();
  const silent = await startHeavyRegistry({ isSilent: true });
  const bench = await startBenchDaemon(registry.url, sigstore, { silentUrl: silent.url });
  const measure = async (name: string): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let n = 0; n < runs * REPEATS; n++) times.push(await verdictMs(bench, registry, sigstore, `${name} ${n}`));
    return times;
  };
  try {
    await measure('warm up');
    const quiet = await measure('quiet');
    await deliver(bench.hookOf('silent'), announce(silent, 'bench/app', HANGING), 16);
    await delay(1_000);
    const hanging = await measure('hanging');
    await deliver(bench.hookUrl, announceHeavy(registry, sigstore), 16);
    const heavy = await measure('heavy');
    const { median } = spreadOf(quiet);
    const figure = (name: string, times: readonly number[]): readonly Figure[] => [
      { name: `push to verdict, ${name}`, unit: 'ms', ...spreadOf(times) },
      { name: `the same, as often as the quiet median`, unit: '×', ...spreadOf(times.map((ms) => ms / median)) },
    ];
    return [
      ...figure('quiet', quiet),
      ...figure(`${HEAVY} heavy pushes waiting in another repository`, heavy),
      ...figure('another registry hanging', hanging),
    ];
  } finally {
    await bench.stop();
    await registry.stop();
    await silent.stop();
  }
}

function announce(registry: HeavyRegistry, repository: string, count: number): readonly Announced[] {
  return Array.from({ length: count }, (_, n) => ({ repository, digest: registry.add(`${repository} ${n}`).digest }));
}

function announceHeavy(registry: HeavyRegistry, sigstore: SigstoreWorld): readonly Announced[] {
  const other = registry.add('somebody else’s');
  const bundles = Array.from({ length: BUNDLES }, () => bundleOf(sigstore, other.digest));
  return Array.from({ length: HEAVY }, (_, n) => {
    const image = registry.add(`heavy ${n}`);
    image.attach(bundles);
    return { repository: 'bench/busy', digest: image.digest };
  });
}

function bundleOf(sigstore: SigstoreWorld, digest: Announced['digest']): Uint8Array {
  return Buffer.from(sigstore.attestProvenance({ digest, identity: sigstore.mintGithub() }));
}

async function verdictMs(
  bench: BenchDaemon,
  registry: HeavyRegistry,
  sigstore: SigstoreWorld,
  name: string,
): Promise<number> {
  const image = registry.add(name);
  image.attach([bundleOf(sigstore, image.digest)]);
  const url = `${bench.daemon.url}/api/v1/subjects/prod/bench/quiet@${image.digest}`;
  const from = performance.now();
  await deliver(bench.hookUrl, [{ repository: 'bench/quiet', digest: image.digest }], 1);
  while (performance.now() - from < PATIENCE_MS) {
    const response = await fetch(url);
    if (response.ok && (await response.text()).includes('"outcome":"pass"')) return performance.now() - from;
    await delay(10);
  }
  throw new Error(`no verdict on "${name}" within ${PATIENCE_MS} ms: ${bench.daemon.output()}`);
}

import { startOlareg } from '../support/servers/olareg.ts';
import { createSigstoreWorld } from '../support/sigstore-world.ts';
import { waitFor } from '../support/wait-for.ts';
import { startBenchDaemon } from './bench-daemon.ts';
import { deliver } from './deliver.ts';
import { passedSoFar } from './passed-so-far.ts';
import { childrenCpuMsOf, cpuMsOf, rssMbOf } from './process-usage.ts';
import { pushSigned } from './push-signed.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';
import { p384CheckMs } from './yardstick.ts';

/** Images a run judges: enough for half a minute's work at the target. */
const IMAGES = 400;

/**
 * Verdicts per second and CPU per verdict: cold (every image is new), olareg on loopback, one keyless bundle each of
 * the public instance's shape (certificates under a P-384 chain, SCT, Rekor entry).
 */
export async function benchVerdicts(runs: number): Promise<readonly Figure[]> {
  const sigstore = createSigstoreWorld();
  const registry = await startOlareg();
  const bench = await startBenchDaemon(registry.url, sigstore);
  const perSecond: number[] = [];
  const cpuMs: number[] = [];
  const postgresMs: number[] = [];
  const checks: number[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const images = await pushSigned(registry.url, sigstore, { repository: `bench/run-${run}`, count: IMAGES });
      const { pid } = bench.daemon;
      const before = { cpu: cpuMsOf(pid), postgres: childrenCpuMsOf(pid), passed: await passedSoFar(bench.daemon.url) };
      const started = performance.now();
      await deliver(bench.hookUrl, images, 16);
      await waitFor(async () => (await passedSoFar(bench.daemon.url)) >= before.passed + IMAGES, {
        what: 'all images to pass',
        timeoutMs: 300_000,
        // Each look makes the daemon render its metrics and count its jobs: forty a second cost a fifth of all it did.
        intervalMs: 250,
        context: bench.daemon.output,
      });
      perSecond.push(IMAGES / ((performance.now() - started) / 1000));
      const spent = (cpuMsOf(pid) - before.cpu) / IMAGES;
      cpuMs.push(spent);
      postgresMs.push((childrenCpuMsOf(pid) - before.postgres) / IMAGES);
      checks.push(spent / p384CheckMs());
    }
    return [
      { name: 'verdicts per second, whole machine', unit: '/s', ...spreadOf(perSecond) },
      { name: 'CPU per verdict, daemon', unit: 'ms', ...spreadOf(cpuMs) },
      { name: 'verdicts per second and core, from that', unit: '/s', ...spreadOf(cpuMs.map((ms) => 1000 / ms)) },
      { name: 'CPU per verdict, embedded PostgreSQL', unit: 'ms', ...spreadOf(postgresMs) },
      { name: 'CPU per verdict in P-384 checks of the same run', unit: '×', ...spreadOf(checks) },
      { name: 'RSS after the runs', unit: 'MiB', ...spreadOf([rssMbOf(bench.daemon.pid)]) },
    ];
  } finally {
    await bench.stop();
    await registry.stop();
  }
}

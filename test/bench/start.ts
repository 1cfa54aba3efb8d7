import { setTimeout as delay } from 'node:timers/promises';
import { createSigstoreWorld } from '../support/sigstore-world.ts';
import { startBenchDaemon } from './bench-daemon.ts';
import { childrenCpuMsOf, cpuMsOf, rssMbOf } from './process-usage.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

/** A daemon that is ready still winds down for a while; after this it is idle. */
const SETTLE_MS = 5_000;
const IDLE_MS = 20_000;

/** Start on a folder that is initialised, and what an idle daemon costs. */
export async function benchStart(runs: number): Promise<readonly Figure[]> {
  // Nothing listens there, and an idle daemon does not ask.
  const bench = await startBenchDaemon('http://127.0.0.1:9', createSigstoreWorld());
  const readyMs: number[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      await bench.daemon.end('SIGTERM');
      const started = performance.now();
      await bench.restart();
      readyMs.push(performance.now() - started);
    }
    await delay(SETTLE_MS);
    const { pid } = bench.daemon;
    const before = { daemon: cpuMsOf(pid), postgres: childrenCpuMsOf(pid) };
    await delay(IDLE_MS);
    const share = (ms: number): number => (ms / IDLE_MS) * 100;
    return [
      { name: 'start to ready, initialised folder', unit: 'ms', ...spreadOf(readyMs) },
      { name: 'idle RSS, daemon', unit: 'MiB', ...spreadOf([rssMbOf(pid)]) },
      { name: 'idle CPU, daemon', unit: '%', ...spreadOf([share(cpuMsOf(pid) - before.daemon)]) },
      {
        name: 'idle CPU, embedded PostgreSQL',
        unit: '%',
        ...spreadOf([share(childrenCpuMsOf(pid) - before.postgres)]),
      },
    ];
  } finally {
    await bench.stop();
  }
}

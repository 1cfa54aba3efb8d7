import { createHash } from 'node:crypto';
import type { Digest } from '../../src/domain/digest.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { createSigstoreWorld } from '../support/sigstore-world.ts';
import { startBenchDaemon } from './bench-daemon.ts';
import { type Announced, deliver } from './deliver.ts';
import { cpuMsOf } from './process-usage.ts';
import type { Figure } from './report.ts';
import { quantile, spreadOf } from './statistics.ts';

const EVENTS = 2000;
/** As many connections as a busy registry keeps. */
const CONNECTIONS = 16;

/**
 * Events per second and the time to their acknowledgement, which comes after the commit. Every event names another
 * image, so that all the work of a new subject is done; the images are not there, and the same process finds that out
 * meanwhile. Then the same events once more: repeats of what is settled.
 */
export async function benchIngest(runs: number): Promise<readonly Figure[]> {
  const registry = await startOlareg();
  const bench = await startBenchDaemon(registry.url, createSigstoreWorld());
  const fresh = { perSecond: [] as number[], p95: [] as number[] };
  const gentle: number[] = [];
  const repeatCpu: number[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const events = Array.from({ length: EVENTS }, (_, index) => event(run, index));
      const started = performance.now();
      const times = await deliver(bench.hookUrl, events, CONNECTIONS);
      fresh.perSecond.push(EVENTS / ((performance.now() - started) / 1000));
      fresh.p95.push(quantile(times, 0.95));
      gentle.push(quantile(await deliver(bench.hookUrl, events.slice(0, 200), 1), 0.95));
      const before = cpuMsOf(bench.daemon.pid);
      await deliver(bench.hookUrl, events, CONNECTIONS);
      repeatCpu.push((cpuMsOf(bench.daemon.pid) - before) / EVENTS);
    }
    return [
      { name: `events per second, ${CONNECTIONS} connections`, unit: '/s', ...spreadOf(fresh.perSecond) },
      {
        name: `event to acknowledgement, p95, ${CONNECTIONS} connections at full speed`,
        unit: 'ms',
        ...spreadOf(fresh.p95),
      },
      { name: 'event to acknowledgement, p95, one connection', unit: 'ms', ...spreadOf(gentle) },
      { name: 'CPU per repeated event, daemon', unit: 'ms', ...spreadOf(repeatCpu) },
    ];
  } finally {
    await bench.stop();
    await registry.stop();
  }
}

function event(run: number, index: number): Announced {
  const digest = `sha256:${createHash('sha256').update(`${run} ${index}`).digest('hex')}` as Digest;
  return { repository: `bench/ingest-${index % 50}`, digest };
}

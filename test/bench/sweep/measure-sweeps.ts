import { waitFor } from '../../support/wait-for.ts';
import { childrenCpuMsOf, cpuMsOf, rssMbOf } from '../process-usage.ts';
import { IMAGES_EACH, type Size } from './listed-content.ts';
import type { Counts } from './listed-server.ts';
import type { Usage } from './regsync.ts';
import type { ListedRegistry } from './start-listed.ts';
import { type SweepingDaemon, startSweepingDaemon, type Way } from './sweeping-daemon.ts';

/** What one sweep took, from its first question to its last write, with all that the daemon did meanwhile. */
export interface SweepCost extends Usage {
  readonly postgresMs: number;
  readonly counts: Counts;
}

const LOOK_MS = 100;
/** Each look makes the daemon render its metrics. */
const METRICS_MS = 1_000;
const TIMEOUT_MS = 900_000;

/**
 * The first sweep of a registry of its own, while what it finds is being judged already; and one in which nothing has
 * changed, after all is judged.
 */
export async function measureSweeps(
  registry: ListedRegistry,
  way: Way,
  { repositories }: Size,
  launcher?: string,
): Promise<{ readonly cold: SweepCost; readonly unchanged: SweepCost }> {
  const sweeping = await startSweepingDaemon(registry.url, way, launcher);
  const context = (): string => sweeping.daemon.output().slice(-4_000);
  try {
    const cold = await measureSweep(registry, sweeping);
    await waitFor(async () => (await judged(sweeping.daemon.url)) >= repositories * IMAGES_EACH, {
      what: 'all images to be judged',
      timeoutMs: TIMEOUT_MS,
      intervalMs: METRICS_MS,
      context,
    });
    // Another may have begun meanwhile.
    await waitFor(async () => (await registry.counts()).begun === sweeping.swept(), {
      what: 'no sweep to be under way',
      timeoutMs: TIMEOUT_MS,
      context,
    });
    await registry.forgetCounts();
    return { cold, unchanged: await measureSweep(registry, sweeping) };
  } finally {
    await sweeping.stop();
  }
}

async function measureSweep(registry: ListedRegistry, sweeping: SweepingDaemon): Promise<SweepCost> {
  const { pid } = sweeping.daemon;
  const before = sweeping.swept();
  const look = () => ({ at: performance.now(), cpuMs: cpuMsOf(pid), postgresMs: childrenCpuMsOf(pid) });
  let started = look();
  let rssMb = 0;
  const timing = { timeoutMs: TIMEOUT_MS, intervalMs: LOOK_MS, context: () => sweeping.daemon.output().slice(-4_000) };
  await waitFor(
    async () => {
      const now = look();
      const hasBegun = (await registry.counts()).begun > before;
      if (!hasBegun) started = now;
      return hasBegun;
    },
    { what: 'a sweep to begin', ...timing },
  );
  await waitFor(
    () => {
      rssMb = Math.max(rssMb, rssMbOf(pid));
      return sweeping.swept() > before;
    },
    { what: 'the sweep to end', ...timing },
  );
  const ended = look();
  return {
    seconds: (ended.at - started.at) / 1_000,
    cpuMs: ended.cpuMs - started.cpuMs,
    postgresMs: ended.postgresMs - started.postgresMs,
    rssMb,
    counts: await registry.counts(),
  };
}

async function judged(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = [...text.matchAll(/^lazaret_verdicts_total\{[^}]*\} (\d+)$/gm)];
  return lines.reduce((sum, [, count]) => sum + Number(count), 0);
}

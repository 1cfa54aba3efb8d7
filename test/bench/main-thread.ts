import { monitorEventLoopDelay } from 'node:perf_hooks';
import { HEAVY, openHeavy } from '../support/threads/heavy-evidence.ts';
import { openHeavyWebhook } from '../support/threads/heavy-webhook.ts';
import { openRealThreads } from '../support/threads/real-threads.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

/**
 * How long the main thread is held up by the heaviest evidence that the limits allow, from a registry over HTTP: its
 * turns while one image is looked at, the 99th percentile of them and the longest. Looked at once before, as a daemon is warm.
 */
export async function benchMainThread(runs: number): Promise<readonly Figure[]> {
  const judge = openRealThreads();
  const figures: Figure[] = [];
  try {
    const heaviest = Object.entries(HEAVY).map(([name, put]) => [name, () => openHeavy(put, judge)] as const);
    for (const [name, open] of [...heaviest, ['a signed webhook of 24 MiB', openHeavyWebhook] as const]) {
      const heavy = await open();
      const turns: { p99: number; max: number }[] = [];
      try {
        for (let run = -1; run < runs; run++) {
          const taken = await turnsDuring(heavy.look);
          if (run >= 0) turns.push(taken);
        }
      } finally {
        await heavy.stop();
      }
      figures.push({ name: `${name}: turns, p99`, unit: 'ms', ...spreadOf(turns.map(({ p99 }) => p99)) });
      figures.push({ name: `${name}: longest turn`, unit: 'ms', ...spreadOf(turns.map(({ max }) => max)) });
    }
  } finally {
    await judge.stop();
  }
  return figures;
}

async function turnsDuring(look: () => Promise<unknown>): Promise<{ p99: number; max: number }> {
  const turns = monitorEventLoopDelay({ resolution: 1 });
  turns.enable();
  await look();
  turns.disable();
  return { p99: turns.percentile(99) / 1e6, max: turns.max / 1e6 };
}

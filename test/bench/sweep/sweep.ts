import type { Figure } from '../report.ts';
import { spreadOf } from '../statistics.ts';
import type { Size } from './listed-content.ts';
import type { Counts } from './listed-server.ts';
import { measureSweeps, type SweepCost } from './measure-sweeps.ts';
import { installRegsync, runRegsyncCheck, type Usage } from './regsync.ts';
import { startListedRegistry } from './start-listed.ts';
import type { Way } from './sweeping-daemon.ts';

const TAGS_EACH = 20;
const LARGE: Size = { repositories: 1_000, tagsEach: TAGS_EACH };
const SMALLER: readonly Size[] = [100, 500].map((repositories) => ({ repositories, tagsEach: TAGS_EACH }));

/** A sweep of 20,000 tags, cold and with nothing changed, beside `regsync check` of the same registry; and of fewer. */
export async function benchSweep(runs: number): Promise<readonly Figure[]> {
  const regsync = await installRegsync().catch((error: Error) => {
    console.error(`regsync is left out: ${error.message.trim().split('\n').at(-1)}`);
    return undefined;
  });
  const samples = new Samples();
  for (let run = 0; run < runs; run += 1) {
    for (const size of SMALLER) await sweepWith({ size, way: 'catalog', samples });
    for (const way of ['harbor', 'ecr'] as const) await sweepWith({ size: LARGE, way, samples });
    await sweepWith({ size: LARGE, way: 'catalog', samples, regsync });
  }
  return samples.figures();
}

interface Case {
  readonly size: Size;
  readonly way: Way;
  readonly samples: Samples;
  /** The command to compare with. */
  readonly regsync?: string | undefined;
}

async function sweepWith({ size, way, samples, regsync }: Case): Promise<void> {
  const registry = await startListedRegistry(size);
  const name = `${size.repositories * size.tagsEach} tags, ${way}`;
  try {
    const { cold, unchanged } = await measureSweeps(registry, way, size);
    samples.addSweep(`${name}, cold`, cold);
    samples.addSweep(`${name}, unchanged`, unchanged);
    if (regsync === undefined) return;
    await registry.forgetCounts();
    const other = await runRegsyncCheck(regsync, registry.url);
    const counts = await registry.counts();
    samples.addUsage(`${name}, regsync check`, other, counts);
    samples.add('requests, unchanged, of those of regsync', '×', total(unchanged.counts) / total(counts));
    samples.add('CPU of the daemon, unchanged, of that of regsync', '×', unchanged.cpuMs / other.cpuMs);
  } finally {
    await registry.stop();
  }
}

/** Figures in the order they were first measured in. */
class Samples {
  readonly #samples = new Map<string, { readonly name: string; readonly unit: string; readonly values: number[] }>();

  add(name: string, unit: string, value: number): void {
    const kept = this.#samples.get(name) ?? { name, unit, values: [] };
    kept.values.push(value);
    this.#samples.set(name, kept);
  }

  addUsage(name: string, { seconds, cpuMs, rssMb }: Usage, counts: Counts): void {
    for (const [what, count] of Object.entries(counts.requests).toSorted()) this.add(`${name}: ${what}`, '', count);
    this.add(`${name}: requests`, '', total(counts));
    this.add(`${name}: connections opened`, '', counts.connections);
    this.add(`${name}: time`, 's', seconds);
    this.add(`${name}: CPU`, 's', cpuMs / 1_000);
    this.add(`${name}: RSS at most`, 'MiB', rssMb);
  }

  addSweep(name: string, cost: SweepCost): void {
    this.addUsage(name, cost, cost.counts);
    this.add(`${name}: CPU of PostgreSQL`, 's', cost.postgresMs / 1_000);
  }

  figures(): readonly Figure[] {
    return [...this.#samples.values()].map(({ name, unit, values }) => ({ name, unit, ...spreadOf(values) }));
  }
}

function total({ requests }: Counts): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

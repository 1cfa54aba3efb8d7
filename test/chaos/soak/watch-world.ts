import type { ChaosWorld } from '../chaos-world.ts';
import { type Sample, takeSample } from './sample.ts';

const EVERY_MS = 60_000;

/** Measures a world every minute, prints each as a line of a table, and keeps all of them. */
export function watchWorld(say: (line: string) => void): {
  readonly samples: readonly Sample[];
  /** Begins; the function it returns ends it after one last sample. */
  watch(world: ChaosWorld, countEvents: () => number): () => Promise<void>;
} {
  const samples: Sample[] = [];
  return {
    samples,
    watch(world, countEvents) {
      const startedAt = performance.now();
      say(HEAD);
      const look = async (): Promise<void> => {
        const sample = await takeSample(world, performance.now() - startedAt, countEvents());
        if (sample === undefined) {
          say(`${minutes(performance.now() - startedAt)}  a fault keeps it from being measured`);
          return;
        }
        samples.push(sample);
        say(lineOf(sample));
      };
      let looking = look();
      const timer = setInterval(() => {
        looking = looking.then(look);
      }, EVERY_MS);
      return async () => {
        clearInterval(timer);
        await looking;
        await look();
        tellRows(samples, say);
      };
    },
  };
}

const HEAD = '  min     pid   events  RSS MiB  handles     rows  queue keys';

function lineOf({ at, pid, events, rssMiB, handles, rows, queueKeys }: Sample): string {
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const cells = [cell(pid, 8), cell(events, 9), cell(rssMiB, 9), cell(handles, 9), cell(all, 9), cell(queueKeys, 12)];
  return minutes(at) + cells.join('');
}

/** The tables at the start, at each quarter and at the end. */
function tellRows(samples: readonly Sample[], say: (line: string) => void): void {
  const shown = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => samples[Math.round(share * (samples.length - 1))] ?? []);
  say(`\nrows at minute${' '.repeat(12)}${shown.map(({ at }) => cell(at / 60_000, 9)).join('')}`);
  for (const table of Object.keys(samples.at(-1)?.rows ?? {}))
    say(`${table.padEnd(26)}${shown.map(({ rows }) => cell(rows[table] ?? 0, 9)).join('')}`);
}

function minutes(ms: number): string {
  return cell(ms / 60_000, 5);
}

function cell(value: number, width: number): string {
  return value.toFixed(0).padStart(width);
}

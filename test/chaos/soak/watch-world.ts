import { appendFileSync } from 'node:fs';
import type { ChaosWorld } from '../chaos-world.ts';
import { type Sample, takeSample } from './sample.ts';

const EVERY_MS = 60_000;

/** Measures a world every minute, prints each as a line of a table, adds it to a file, and keeps all of them. */
export function watchWorld(
  file: string,
  say: (line: string) => void,
): {
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
        appendFileSync(file, `${JSON.stringify(sample)}\n`);
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

function minutes(ms: number): string {
  return cell(ms / 60_000, 5);
}

function cell(value: number, width: number): string {
  return value.toFixed(0).padStart(width);
}

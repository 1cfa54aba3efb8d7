import type { Announced } from '../deliver.ts';
import { startHeavyRegistry } from '../heavy-registry.ts';
import { rssMbOf } from '../process-usage.ts';
import { type Builds, judgeAll, withBoth } from './both.ts';
import type { Samples, Turn } from './samples.ts';

/** Each in as many repositories: ten thousand subjects, for what a signature costs to make would take longer. */
const IMAGES = 100;

/**
 * What is left in memory after ten thousand cold verdicts, and by how much it has grown after as many again for each
 * further run: five runs are fifty thousand.
 */
export async function compareMemory(builds: Builds, runs: number, samples: Samples): Promise<void> {
  const registry = await startHeavyRegistry();
  await withBoth(
    builds,
    async ({ sigstore, base, now }) => {
      const digests = Array.from({ length: IMAGES }, (_, index) => {
        const image = registry.add(`image ${index}`);
        image.attach([sigstore.attestProvenance({ digest: image.digest, identity: sigstore.mintGithub() })]);
        return image.digest;
      });
      const rss: { readonly base: number[]; readonly now: number[] } = { base: [], now: [] };
      for (let run = 0; run < runs; run += 1) {
        for (const [side, bench] of Object.entries({ base, now })) {
          await judgeAll(bench, inRepositories(`bench/run-${run}`, digests));
          rss[side === 'base' ? 'base' : 'now'].push(rssMbOf(bench.daemon.pid));
        }
      }
      samples.add(turnOf(rss.base), turnOf(rss.now));
    },
    registry,
  );
}

function inRepositories(name: string, digests: readonly Announced['digest'][]): readonly Announced[] {
  return digests.flatMap((_, index) => digests.map((digest) => ({ repository: `${name}-${index}`, digest })));
}

function turnOf([first = Number.NaN, ...others]: readonly number[]): Turn {
  return { rssLoaded: first, ...(others.length > 0 && { rssGrowth: Math.max(...others) / first }) };
}

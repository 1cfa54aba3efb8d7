import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Spread, showSpread, spreadOf } from './statistics.ts';
import type { Turn } from './verify-side.ts';

/** CPU of one verification of a bundle, from its text to the finding, in ms. */
export interface BundleCost {
  /** Its file in `test/fixtures/bundles`, without `.json`. */
  readonly bundle: string;
  readonly ours: Spread;
  /** The unmodified `@sigstore/verify`, used as it is. */
  readonly library: Spread;
  /** The library's cost in units of ours, round by round. */
  readonly ratio: Spread;
}

/** Five of different forms: two logs, two instances, messages and attestations, with a timestamp and without. */
const BUNDLES: readonly string[] = [
  'npm-provenance-slsa1-rekor1',
  'npm-provenance-slsa02-rekor1',
  'message-rekor1-staging',
  'message-rekor2-tsa-staging',
  'slsa1-rekor2-tsa-staging',
];

/** Verifications a sample averages over: 0.02 s of the cheaper side, far above the clock's microsecond. */
const PER_SAMPLE = 10;
/** Rounds of samples in a run. */
const ROUNDS = 5;
/** Verifications before the first sample, until the engine has compiled what it compiles. */
const WARM_UP = 200;

/**
 * CPU per verification of real bundles, ours beside the library as it is: the same texts, turn by turn, each in a
 * process of its own so that it pays for its own garbage only.
 *
 * Nothing can be remembered of a bundle. Both sides begin with its text, read it anew each time, and keep only what a
 * daemon keeps of a trust root: the library its `Verifier`, we our material. What `src/verification` remembers hangs on
 * objects made from the trust root alone; `signature-checks.test.ts` there counts that a bundle costs as many signature
 * checks the tenth time as the first.
 */
export async function measureBundles(runs: number): Promise<readonly BundleCost[]> {
  const sides = { ours: startSide('ours'), library: startSide('library') };
  const samples = BUNDLES.map((bundle) => ({ bundle, ours: [] as number[], library: [] as number[] }));
  try {
    for (const bundle of BUNDLES) {
      for (const side of Object.values(sides)) await cpuMs(side, { bundle, times: WARM_UP });
    }
    for (let round = 0; round < runs * ROUNDS; round += 1) {
      for (const { bundle, ...costs } of samples) {
        // Who goes first changes, so that neither side always finds the machine as the other left it.
        const order = round % 2 === 0 ? (['ours', 'library'] as const) : (['library', 'ours'] as const);
        for (const side of order) costs[side].push(await cpuMs(sides[side], { bundle, times: PER_SAMPLE }));
      }
    }
  } finally {
    for (const side of Object.values(sides)) side.kill();
  }
  return samples.map(({ bundle, ours, library }) => ({
    bundle,
    ours: spreadOf(ours),
    library: spreadOf(library),
    ratio: spreadOf(library.map((cost, round) => cost / (ours[round] ?? Number.NaN))),
  }));
}

/** Prints a row of a Markdown table for each bundle, or a line of JSON with the medians. */
export function printBundles(costs: readonly BundleCost[], json: boolean): void {
  if (!json) console.log('| bundle | ours, ms CPU | library, ms CPU | ratio |\n|---|---|---|---|');
  for (const { bundle, ours, library, ratio } of costs) {
    const medians = { bundle, oursCpuMs: microseconds(ours.median), libraryCpuMs: microseconds(library.median) };
    const row = [bundle, ...[ours, library, ratio].map(showSpread)].join(' | ');
    console.log(json ? JSON.stringify(medians) : `| ${row} |`);
  }
}

function startSide(name: 'ours' | 'library'): ChildProcess {
  return fork(new URL('./verify-side.ts', import.meta.url), [name]);
}

async function cpuMs(side: ChildProcess, turn: Turn): Promise<number> {
  const over = new AbortController();
  side.send(turn);
  try {
    const ended = once(side, 'exit', { signal: over.signal }).then(() => {
      throw new Error(`the process that verified ${turn.bundle} ended; see above`);
    });
    const answered = once(side, 'message', { signal: over.signal }).then(([cost]) => Number(cost));
    return await Promise.race([answered, ended]);
  } finally {
    over.abort();
  }
}

/** Milliseconds to the microsecond. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

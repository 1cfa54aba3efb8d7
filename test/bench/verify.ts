import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { realBundles } from '../unit/verification/real-bundles.ts';
import { startSigstoreGo } from './sigstore-go.ts';
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
  /** sigstore-go, and our cost in units of its; absent where there is no Go. */
  readonly go?: { readonly cost: Spread; readonly ratio: Spread };
}

/** A process that verifies as it is told, and says how much CPU one verification took, in ms. */
export interface VerifyingSide {
  cpuMs(turn: Turn): Promise<number>;
  end(): void;
}

/** Of different forms: two logs, two instances, messages and attestations, with a timestamp and without. */
const BUNDLES: readonly string[] = [
  'npm-provenance-slsa1-rekor1',
  'npm-provenance-slsa02-rekor1',
  'npm-publish-bundle03-dsse',
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
 * CPU per verification of real bundles, ours beside the library as it is, and beside sigstore-go where Go is there to
 * build it: the same texts, turn by turn, each in a process of its own so that it pays for its own garbage only.
 *
 * Nothing can be remembered of a bundle. Both sides begin with its text, read it anew each time, and keep only what a
 * daemon keeps of a trust root: the library its `Verifier`, we our material. What `src/verification` remembers hangs on
 * objects made from the trust root alone; `signature-checks.test.ts` there counts that a bundle costs as many signature
 * checks the tenth time as the first.
 */
export async function measureBundles(runs: number): Promise<readonly BundleCost[]> {
  const go = await startSigstoreGo(realBundles().filter(({ name }) => BUNDLES.includes(name))).catch(withoutGo);
  const sides = { ours: startSide('ours'), library: startSide('library'), ...(go && { go }) };
  const order = Object.entries(sides);
  const samples = BUNDLES.map((bundle) => ({ bundle, taken: new Map(order.map(([name]) => [name, [] as number[]])) }));
  try {
    for (const bundle of BUNDLES) {
      for (const side of Object.values(sides)) await side.cpuMs({ bundle, times: WARM_UP });
    }
    for (let round = 0; round < runs * ROUNDS; round += 1) {
      for (const { bundle, taken } of samples) {
        for (const [name, side] of order) taken.get(name)?.push(await side.cpuMs({ bundle, times: PER_SAMPLE }));
      }
      // Who goes first changes, so that no side always finds the machine as another left it.
      order.reverse();
    }
  } finally {
    for (const side of Object.values(sides)) side.end();
  }
  return samples.map(({ bundle, taken }) => {
    const of = (name: string) => taken.get(name) ?? [];
    const cost = { ours: spreadOf(of('ours')), library: spreadOf(of('library')) };
    const beside = go && { cost: spreadOf(of('go')), ratio: ratioOf(of('ours'), of('go')) };
    return { bundle, ...cost, ratio: ratioOf(of('library'), of('ours')), ...(beside && { go: beside }) };
  });
}

function withoutGo(error: unknown): undefined {
  console.error(`sigstore-go is not measured: ${error instanceof Error ? error.message : String(error)}`);
}

function ratioOf(costs: readonly number[], units: readonly number[]): Spread {
  return spreadOf(costs.map((cost, round) => cost / (units[round] ?? Number.NaN)));
}

/** Prints a row of a Markdown table for each bundle, or a line of JSON with the medians. */
export function printBundles(costs: readonly BundleCost[], json: boolean): void {
  if (!json) {
    console.log('| bundle | ours, ms CPU | library, ms CPU | library by ours | sigstore-go, ms CPU | ours by it |');
    console.log('|---|---|---|---|---|---|');
  }
  for (const { bundle, ours, library, ratio, go } of costs) {
    const goCpuMs = go && { sigstoreGoCpuMs: microseconds(go.cost.median), ratioToGo: go.ratio.median };
    const medians = { bundle, oursCpuMs: microseconds(ours.median), libraryCpuMs: microseconds(library.median) };
    const beside = go === undefined ? ['', ''] : [go.cost, go.ratio].map(showSpread);
    const row = [bundle, ...[ours, library, ratio].map(showSpread), ...beside].join(' | ');
    console.log(json ? JSON.stringify({ ...medians, ...goCpuMs }) : `| ${row} |`);
  }
}

function startSide(name: 'ours' | 'library'): VerifyingSide {
  const child = fork(new URL('./verify-side.ts', import.meta.url), [name]);
  return { cpuMs: (turn) => ask(child, turn), end: () => child.kill() };
}

async function ask(side: ChildProcess, turn: Turn): Promise<number> {
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

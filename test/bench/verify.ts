import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { digestOf } from '../../src/domain/digest.ts';
import { createTrustMaterial } from '../../src/verification/trust-material.ts';
import { type RealBundle, realBundles, realRoot } from '../unit/verification/real-bundles.ts';
import { type Spread, showSpread, spreadOf } from './statistics.ts';

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
/** Some moment after all of them: what is valid is decided by the times they prove. */
const NOW = new Date('2026-11-24T12:00:00Z');

/** Verifications a sample averages over: 0.02 s of the cheaper side, far above the clock's microsecond. */
const PER_SAMPLE = 8;
/** Rounds of samples in a run. */
const ROUNDS = 5;
/** Verifications before the first sample, until the engine has compiled what it compiles. */
const WARM_UP = 150;

/**
 * CPU per verification of real bundles, ours beside the library as it is: the same texts, one thread, turn by turn.
 *
 * Nothing can be remembered of a bundle. Both sides begin with its text, read it anew each time, and keep only what a
 * daemon keeps of a trust root: the library its `Verifier`, we our material. What `src/verification` remembers hangs on
 * objects made from the trust root alone; `signature-checks.test.ts` there counts that a bundle costs as many signature
 * checks the tenth time as the first.
 */
export function measureBundles(runs: number): readonly BundleCost[] {
  const bundles = realBundles().filter(({ name }) => BUNDLES.includes(name));
  const contests = bundles.map((bundle) => ({
    bundle: bundle.name,
    sides: { ours: ourSide(bundle), library: librarySide(bundle) },
    samples: { ours: [] as number[], library: [] as number[] },
  }));
  for (const { sides } of contests) {
    repeat(sides.ours, WARM_UP);
    repeat(sides.library, WARM_UP);
  }
  for (let round = 0; round < runs * ROUNDS; round += 1) {
    // Who goes first changes, so that neither side always pays for the other's garbage.
    const order = round % 2 === 0 ? (['ours', 'library'] as const) : (['library', 'ours'] as const);
    for (const { sides, samples } of contests) {
      for (const side of order) samples[side].push(cpuMs(sides[side]));
    }
  }
  return contests.map(({ bundle, samples: { ours, library } }) => ({
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

function ourSide({ bytes, root, subject }: RealBundle): () => void {
  const material = createTrustMaterial(realRoot(root));
  const text = bytes.toString();
  return () => {
    const fresh = Buffer.from(text);
    const evidence = { kind: 'bundle', digest: digestOf(fresh), place: 'referrer', bytes: fresh } as const;
    const { code, message } = material.verify(evidence, subject, NOW);
    if (code !== 'VERIFIED') throw new Error(`${code}: ${message}`);
  };
}

function librarySide({ bytes, root, artifact }: RealBundle): () => void {
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(realRoot(root).document)), {});
  const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  const text = bytes.toString();
  return () => {
    const { identity } = verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(text)), artifact));
    if (identity?.subjectAlternativeName === undefined) throw new Error('the library names no signer');
  };
}

function cpuMs(verify: () => void): number {
  const before = process.cpuUsage();
  repeat(verify, PER_SAMPLE);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / PER_SAMPLE;
}

function repeat(verify: () => void, times: number): void {
  for (let time = 0; time < times; time += 1) verify();
}

/** Milliseconds to the microsecond. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

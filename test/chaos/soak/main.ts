// `make soak HOURS=2`: the chaos workload at a steady rate with a fault every five minutes, and whether anything grows.
// Exit 0 only if every figure stayed flat and every invariant held; 2 for what cannot be asked for.
// `make soak SAMPLES=FILE` judges what an earlier run has measured, also one that was cut off.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOnBadOption } from '../../support/bad-option.ts';
import { DaemonEnded } from '../daemon-ended.ts';
import { type ChaosResult, runChaos } from '../run-chaos.ts';
import { readSamples } from './sample.ts';
import { readSoakOptions } from './soak-options.ts';
import { tellSamples } from './tell-samples.ts';
import { watchWorld } from './watch-world.ts';

const FOLDER = join(import.meta.dirname, '../../../.cache/soak');
/** Beyond the grace of two seconds: they are quarantined first. */
const LATE_AFTER_MS = 5_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {
  samples: earlier,
  perSecond,
  faultEveryMs,
  ...options
} = await endOnBadOption(() => readSoakOptions(process.env));
if (earlier !== undefined) process.exit(tellSamples(await endOnBadOption(() => readSamples(earlier)), say) ? 0 : 1);
mkdirSync(FOLDER, { recursive: true });
const file = join(FOLDER, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.jsonl`);
const hours = options.faultsMs / 3_600_000;
say(
  `soak: seed ${options.seed}, ${hours} h, ${perSecond} events a second, a fault every ${faultEveryMs / 1000} s, record ${options.record}`,
);
say(`each sample is added to ${file}`);
const { samples, watch } = watchWorld(file, say);
const isRight = await endOnBadOption(run);
const isFlat = tellSamples(samples, say);
say(`\n${isFlat ? 'flat' : 'not flat'}; ${isRight ? 'every invariant held' : 'broken invariants'}`);
process.exit(isFlat && isRight ? 0 : 1);

async function run(): Promise<boolean> {
  try {
    return tell(await runChaos(options, say, { faultEveryMs, lateAfterMs: LATE_AFTER_MS, watch }));
  } catch (error) {
    if (!(error instanceof DaemonEnded)) throw error;
    say(`\nBROKEN: ${error.message}`);
    writeFileSync(`${file}.daemon.log`, error.output);
    say(`all it printed is in ${file}.daemon.log`);
    return false;
  }
}

function tell({ violations, checked, damage, settledAfterMs }: ChaosResult): boolean {
  say(`\nfaults: ${[...damage.counts].map(([name, count]) => `${count} ${name}`).join('; ')}`);
  const held = Object.entries(checked).map(([name, count]) => `${name} ${count} times`);
  say(`invariants checked: ${held.join(', ')}; settled after ${((settledAfterMs ?? Number.NaN) / 1000).toFixed(0)} s`);
  for (const { invariant, words, digest } of violations.slice(0, 10))
    say(`BROKEN ${invariant}: ${words} ${digest ?? ''}`);
  return violations.length === 0;
}

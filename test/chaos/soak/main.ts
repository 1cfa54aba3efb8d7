// `make soak HOURS=2`: the chaos workload at a steady rate with a fault every five minutes, and whether anything grows.
// Exit 0 only if every figure stayed flat and every invariant held.
import { readOptions } from '../options.ts';
import { runChaos } from '../run-chaos.ts';
import { judgeFlatness } from './judge-flatness.ts';
import { readSoakOptions } from './soak-options.ts';
import { watchWorld } from './watch-world.ts';

/** Beyond the grace of two seconds: they are quarantined first. */
const LATE_AFTER_MS = 5_000;

const { hours, perSecond, faultEveryMs } = readSoakOptions(process.env);
const faultsMs = hours * 3_600_000;
const events = Math.max(100, Math.round((faultsMs / 1000) * perSecond));
const options = { ...readOptions(process.env), events, faultsMs };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(
  `soak: seed ${options.seed}, ${hours} h, ${perSecond} events a second, a fault every ${faultEveryMs / 1000} s, record ${options.record}`,
);
const { samples, watch } = watchWorld(say);
const { violations, checked, damage, settledAfterMs } = await runChaos(options, say, {
  faultEveryMs,
  lateAfterMs: LATE_AFTER_MS,
  watch,
});
say(`\nfaults: ${[...damage.counts].map(([name, count]) => `${count} ${name}`).join('; ')}`);
const held = Object.entries(checked).map(([name, count]) => `${name} ${count} times`);
say(`invariants checked: ${held.join(', ')}; settled after ${((settledAfterMs ?? Number.NaN) / 1000).toFixed(0)} s`);
for (const { invariant, words, digest } of violations.slice(0, 10))
  say(`BROKEN ${invariant}: ${words} ${digest ?? ''}`);
const judged = judgeFlatness(samples);
say('');
for (const { figure, isFlat, words } of judged) say(`${isFlat ? 'flat' : 'GROWS'}  ${figure}: ${words}`);
const isFlat = judged.every((each) => each.isFlat);
say(`\n${isFlat ? 'flat' : 'not flat'}; ${violations.length === 0 ? 'every invariant held' : 'broken invariants'}`);
process.exit(isFlat && violations.length === 0 ? 0 : 1);

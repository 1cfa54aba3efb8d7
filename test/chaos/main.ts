// `make chaos`: the promises of Lazaret held against faults. Exit 0 only if every invariant held, 2 for what cannot be asked.
import { endOnBadOption } from '../support/bad-option.ts';
import { BUGS } from './bugs.ts';
import { storyOf } from './history.ts';
import { readOptions } from './options.ts';
import { type ChaosResult, countKills, runChaos } from './run-chaos.ts';

const options = await endOnBadOption(() => readOptions(process.env));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { seed, record, events, sources, bug } = options;
say(
  `chaos: seed ${seed}, ${events} events, record ${record}, by ${sources.join(' and ')}${bug === undefined ? '' : `, with the bug "${bug}"`}`,
);
const result = await endOnBadOption(() => runChaos(options, say));
report(result);
process.exit(result.violations.length === 0 ? 0 : 1);

function report({ violations, checked, damage, history, ...figures }: ChaosResult): void {
  const faults = [...damage.counts.values()].reduce((sum, count) => sum + count, 0);
  say(`\n${figures.events} events accepted of ${figures.images} images; ${faults} faults:`);
  for (const [name, count] of [...damage.counts].toSorted()) say(`  ${String(count).padStart(4)}  ${name}`);
  const kills = [...countKills(history)].toSorted();
  const killed = sum(kills.map(([, count]) => count));
  say(`\nkill -9: ${killed}${killed === 0 ? '' : ` (${kills.map(([role, count]) => `${role} ${count}`).join(', ')})`}`);
  say('\ninvariants, and what share breaks them at most, with 95 % confidence:');
  for (const [name, count] of Object.entries(checked).toSorted()) {
    const broken = violations.filter(({ invariant }) => invariant === name).length;
    const words = broken === 0 ? `held      < ${bound(count)}` : `broken ${broken} times`;
    say(`  ${name.padEnd(8)} checked ${String(count).padStart(6)} times  ${words}`);
  }
  const { settledAfterMs, messages, repeats, levels } = figures;
  say(
    `\nsettled ${settledAfterMs === null ? 'never' : `${(settledAfterMs / 1000).toFixed(0)} s after the last event`}`,
  );
  const repeated = sum([...repeats.values()]);
  say(`${messages} messages, ${repeated} of them repeats (${((1000 * repeated) / messages).toFixed(1)} in 1,000):`);
  for (const [why, count] of [...repeats].toSorted()) say(`  ${String(count).padStart(4)}  ${why}`);
  say(`RSS at most, MiB: ${[...levels.mostMib].map(([name, mib]) => `${name} ${mib.toFixed(0)}`).join(', ')}`);
  const rows = Object.entries(levels.after).map(([name, count]) => `${name} ${levels.before[name]} → ${count}`);
  say(`before → in the end: ${rows.join(', ')}`);
  const ends = damage.endedAfterMs.toSorted((a, b) => a - b);
  if (ends.length > 0)
    say(`SIGTERM: ${ends.length} times, the slowest end after ${((ends.at(-1) ?? 0) / 1000).toFixed(1)} s`);
  if (violations.length === 0) {
    const perKill = killed === 0 ? '' : `, and fewer than ${bound(killed)} of kills make one do so`;
    say(`\nno violation: with 95 % confidence fewer than ${bound(figures.events)} of events end wrong${perKill}`);
    return;
  }
  // The story that is shortest tells most.
  const stories = violations.map((violation) => ({
    violation,
    lines: violation.digest === undefined ? [] : storyOf(history, violation.digest),
  }));
  const told = stories.filter(({ lines }) => lines.length > 0).toSorted((a, b) => a.lines.length - b.lines.length);
  const [shortest = stories[0]] = told;
  for (const { invariant, words, digest } of violations.slice(0, 10)) say(`\n${invariant}: ${words} ${digest ?? ''}`);
  if (shortest !== undefined && shortest.lines.length > 0)
    say(`\nthe shortest history that shows it (${shortest.violation.invariant}):\n${shortest.lines.join('\n')}`);
  const breaks = bug === undefined ? [] : BUGS[bug].breaks;
  if (breaks.length > 0) say(`\nthe bug was to break ${breaks.join(' or ')}`);
}

/** With no failure in so many trials it is 3/n. */
function bound(trials: number): string {
  return `${Math.min(100, Number((300 / trials).toPrecision(2)))} %`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

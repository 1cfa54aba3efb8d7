// `make chaos`: the promises of Lazaret held against faults. Exit 0 only if every invariant held.
import { BUGS } from './bugs.ts';
import { storyOf } from './history.ts';
import { readOptions } from './options.ts';
import { readAsked } from './read-asked.ts';
import { type ChaosResult, runChaos } from './run-chaos.ts';

const options = readAsked(() => readOptions(process.env));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { seed, record, events, sources, bug } = options;
say(
  `chaos: seed ${seed}, ${events} events, record ${record}, by ${sources.join(' and ')}${bug === undefined ? '' : `, with the bug "${bug}"`}`,
);
const result = await runChaos(options, say);
report(result);
process.exit(result.violations.length === 0 ? 0 : 1);

function report({ violations, checked, damage, history, ...figures }: ChaosResult): void {
  const faults = [...damage.counts.values()].reduce((sum, count) => sum + count, 0);
  say(`\n${figures.events} events accepted of ${figures.images} images; ${faults} faults:`);
  for (const [name, count] of [...damage.counts].toSorted()) say(`  ${String(count).padStart(4)}  ${name}`);
  say('\ninvariants:');
  for (const [name, count] of Object.entries(checked).toSorted()) {
    const broken = violations.filter(({ invariant }) => invariant === name).length;
    say(`  ${name.padEnd(8)} ${broken === 0 ? 'held' : `broken ${broken} times`}, checked ${count} times`);
  }
  const { settledAfterMs, messages, repeats, rssMb } = figures;
  say(
    `\nsettled ${settledAfterMs === null ? 'never' : `${(settledAfterMs / 1000).toFixed(0)} s after the last event`}`,
  );
  const share = ((1000 * repeats) / Math.max(1, messages)).toFixed(1);
  say(
    `${messages} messages, ${repeats} of them repeats (${share} in 1,000), each of an unknown end; RSS ${rssMb.toFixed(0)} MiB`,
  );
  const ends = damage.endedAfterMs.toSorted((a, b) => a - b);
  if (ends.length > 0)
    say(`SIGTERM: ${ends.length} times, the slowest end after ${((ends.at(-1) ?? 0) / 1000).toFixed(1)} s`);
  if (violations.length === 0) {
    say(`\nno violation: with 95 % confidence fewer than ${(300 / figures.events).toFixed(3)} % of events end wrong`);
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
  if (shortest !== undefined)
    say(`\nthe shortest history that shows it (${shortest.violation.invariant}):\n${shortest.lines.join('\n')}`);
  const breaks = bug === undefined ? [] : BUGS[bug].breaks;
  if (breaks.length > 0) say(`\nthe bug was to break ${breaks.join(' or ')}`);
}

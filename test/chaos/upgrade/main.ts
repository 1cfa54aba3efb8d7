// `make upgrade-check`: processes of an earlier build, replaced one after the other while they work. Exit 0 only if every
// invariant held.
import { buildHere, buildRevision } from '../../bench/compare/build-revision.ts';
import { endOnBadOption } from '../../support/bad-option.ts';
import { storyOf } from '../history.ts';
import { readOptions } from '../options.ts';
import { runUpgrade } from './run-upgrade.ts';

/** The first commit whose processes have roles: it knows no leader and no agreed trust epoch, and five steps of the schema less. No release is out yet. */
const EARLIER = '3c50869';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { FROM, ...env } = process.env;
const options = await endOnBadOption(() => readOptions({ EVENTS: '2000', SECONDS_OF_FAULTS: '90', ...definedOf(env) }));
const from = buildRevision(FROM === undefined || FROM === '' ? EARLIER : FROM);
const to = buildHere();
say(`upgrade from ${from.name} to ${to.name}: seed ${options.seed}, ${options.events} events`);
const { violations, checked, old, history, ...figures } = await runUpgrade(options, { from, to }, say);
say(`\n${figures.images} images; old processes judged ${old.verdicts} times on the new schema`);
for (const [name, count] of Object.entries(checked).toSorted()) {
  const broken = violations.filter(({ invariant }) => invariant === name).length;
  say(`  ${name.padEnd(8)} ${broken === 0 ? 'held' : `broken ${broken} times`}, checked ${count} times`);
}
const { settledAfterMs, messages, repeats } = figures;
say(`settled ${settledAfterMs === null ? 'never' : `${(settledAfterMs / 1000).toFixed(0)} s after the last event`}`);
say(`${messages} messages; repeats, and why: ${JSON.stringify(Object.fromEntries(repeats))}`);
for (const { invariant, words, digest } of violations.slice(0, 10)) {
  say(`\nBROKEN ${invariant}: ${words} ${digest ?? ''}`);
  for (const line of digest === undefined ? [] : storyOf(history, digest)) say(`  ${line}`);
}
say(violations.length === 0 ? '\nno violation' : `\n${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);

/** Without what is empty, as `make` hands over what is not given. */
function definedOf(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

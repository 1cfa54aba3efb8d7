// `make fuzz TARGET= SECONDS=`: coverage-guided fuzzing of every parser that reads hostile bytes. Exit 1 for a finding.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findingPath, foundCorpusPath, keptCorpusPath, readCorpus, writeCorpus } from './engine/corpus.ts';
import { runTarget } from './engine/run-target.ts';
import { readTargets, targetFiles } from './find-targets.ts';

const { TARGET = '', SECONDS = '60', SEED = '', KEEP = '' } = process.env;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** What is kept for the tests: no more than is replayed in a moment. */
const KEPT_INPUTS = 16;
const KEPT_BYTES = 2 * 1024;

const wanted = TARGET.split(',').filter((name) => name !== '');
const known: { readonly file: string; readonly name: string }[] = [];
for (const file of targetFiles()) known.push(...(await readTargets(file)).map(({ name }) => ({ file, name })));
const names = known.map(({ name }) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new RangeError(`TARGET: expected some of ${names.join(', ')}, got ${unknown.join(', ')}`);
if (!/^\d{1,6}$/.test(SECONDS)) throw new RangeError(`SECONDS: expected a whole number, got "${SECONDS}"`);
let findings = 0;
for (const { file, name: target } of known.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const seed = SEED === '' ? Date.now() % 1_000_000 : Number(SEED);
  const corpus = [...readCorpus(keptCorpusPath(target)), ...readCorpus(foundCorpusPath(target))];
  const { runs, features, finding, ...found } = await runTarget({
    file,
    target,
    seed,
    seconds: Number(SECONDS),
    corpus,
  });
  say(`${target.padEnd(24)} ${String(runs).padStart(9)} inputs ${String(features).padStart(6)} features, seed ${seed}`);
  if (finding === undefined) {
    writeCorpus(foundCorpusPath(target), found.corpus.slice(-2000));
    if (KEEP === '1') keep(target, found.beyondSeeds);
    continue;
  }
  findings += 1;
  mkdirSync(dirname(findingPath(target)), { recursive: true });
  writeFileSync(findingPath(target), finding.input);
  say(`  FINDING, written to ${findingPath(target)}: ${finding.error.slice(0, 1500)}`);
  say(`  ${JSON.stringify(Buffer.from(finding.input).toString('latin1').slice(0, 600))}`);
}
process.exit(findings === 0 ? 0 : 1);

function keep(target: string, inputs: readonly Uint8Array[]): void {
  const small = inputs.filter(({ length }) => length <= KEPT_BYTES).slice(0, KEPT_INPUTS);
  if (small.length > 0) writeCorpus(keptCorpusPath(target), small);
}

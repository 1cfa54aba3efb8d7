// `make fuzz TARGET= SECONDS=`: coverage-guided fuzzing of every parser that reads hostile bytes. Exit 1 for a finding,
// 2 for what cannot be asked.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { endOnBadOption } from '../support/bad-option.ts';
import { findingPath, foundCorpusPath, keptCorpusPath, readCorpus, writeCorpus } from './engine/corpus.ts';
import { runTarget } from './engine/run-target.ts';
import { readTargets, targetFiles } from './find-targets.ts';
import { readFuzzOptions } from './fuzz-options.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** What is kept for the tests: no more than is replayed in a moment. */
const KEPT_INPUTS = 16;
const KEPT_BYTES = 2 * 1024;

const known: { readonly file: string; readonly name: string }[] = [];
for (const file of targetFiles()) known.push(...(await readTargets(file)).map(({ name }) => ({ file, name })));
const names = known.map(({ name }) => name);
const { targets, seconds, seed: asked, keeps } = await endOnBadOption(() => readFuzzOptions(process.env, names));
let findings = 0;
for (const { file, name: target } of known.filter(({ name }) => targets.includes(name))) {
  const seed = asked ?? Date.now() % 1_000_000;
  const corpus = [...readCorpus(keptCorpusPath(target)), ...readCorpus(foundCorpusPath(target))];
  const { runs, features, finding, ...found } = await runTarget({
    file,
    target,
    seed,
    seconds,
    corpus,
  });
  say(`${target.padEnd(24)} ${String(runs).padStart(9)} inputs ${String(features).padStart(6)} features, seed ${seed}`);
  if (finding === undefined) {
    writeCorpus(foundCorpusPath(target), found.corpus.slice(-2000));
    if (keeps) keep(target, found.beyondSeeds);
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

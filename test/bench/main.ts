import { parseArgs } from 'node:util';
import { benchIngest } from './ingest.ts';
import { benchRejudge } from './rejudge.ts';
import { describeMachine, type Figure, printFigures } from './report.ts';
import { benchStart } from './start.ts';
import { benchVerdicts } from './verdicts.ts';

/** Runs the benchmarks named on the command line, or all: `make bench`, or `npm run -s bench -- verdicts --runs 5`. */
const BENCHMARKS: Readonly<Record<string, (runs: number) => Promise<readonly Figure[]>>> = {
  start: benchStart,
  ingest: benchIngest,
  verdicts: benchVerdicts,
  rejudge: benchRejudge,
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(2);
}
if (!values.json) console.log(`${describeMachine()}; median (least–most) of ${values.runs} runs\n`);
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)) {
  const figures = await BENCHMARKS[name]?.(Number(values.runs));
  if (figures === undefined) continue;
  if (!values.json) console.log(`| ${name} | |\n|---|---|`);
  printFigures(name, figures, values.json);
  if (!values.json) console.log();
}

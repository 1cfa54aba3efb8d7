import { parseArgs } from 'node:util';
import { benchIngest } from './ingest.ts';
import { benchLargeEvidence } from './large-evidence.ts';
import { benchRejudge } from './rejudge.ts';
import { describeMachine, type Figure, printFigures } from './report.ts';
import { benchScanned } from './scanned.ts';
import { benchStart } from './start.ts';
import { benchVerdicts } from './verdicts.ts';
import { measureBundles, printBundles } from './verify.ts';

/** Measures this many runs and prints what came out. */
type Benchmark = (runs: number, json: boolean) => Promise<void> | void;

/** Runs the benchmarks named on the command line, or all: `make bench`, or `npm run -s bench -- verdicts --runs 5`. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  start: figures('start', benchStart),
  ingest: figures('ingest', benchIngest),
  verdicts: figures('verdicts', benchVerdicts),
  verify: async (runs, json) => printBundles(await measureBundles(runs), json),
  rejudge: figures('rejudge', benchRejudge),
  scanned: figures('scanned', benchScanned),
  large: figures('large', benchLargeEvidence),
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
  await BENCHMARKS[name]?.(Number(values.runs), values.json);
  if (!values.json) console.log();
}

function figures(name: string, measure: (runs: number) => Promise<readonly Figure[]>): Benchmark {
  return async (runs, json) => {
    const measured = await measure(runs);
    if (!json) console.log(`| ${name} | |\n|---|---|`);
    printFigures(name, measured, json);
  };
}

import { parseArgs } from 'node:util';
import { chosenBackend } from '../support/servers/backend.ts';
import { type NativePart, nativeProblem } from '../support/servers/native-paths.ts';
import { compare } from './compare/compare.ts';
import { benchFair } from './fair.ts';
import { benchGrowth } from './growth/growth.ts';
import { benchIngest } from './ingest.ts';
import { benchLargeEvidence } from './large-evidence.ts';
import { benchMainThread } from './main-thread.ts';
import { benchRecord } from './record.ts';
import { benchRejudge } from './rejudge.ts';
import { describeMachine, type Figure, printFigures } from './report.ts';
import { benchScanned } from './scanned.ts';
import { benchStart } from './start.ts';
import { benchStorm } from './storm.ts';
import { benchSweep } from './sweep/sweep.ts';
import { benchVerdicts } from './verdicts.ts';
import { measureBundles, printBundles } from './verify.ts';
import { benchVerifyProcesses } from './verify-processes.ts';

/** Measures this many runs and prints what came out. */
type Benchmark = (runs: number, json: boolean) => Promise<void> | void;

/** Runs the benchmarks named on the command line, or all: `make bench`, or `npm run -s bench -- verdicts --runs 5`. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  start: figures('start', benchStart),
  ingest: figures('ingest', benchIngest),
  storm: figures('storm', benchStorm),
  verdicts: figures('verdicts', benchVerdicts),
  verify: async (runs, json) => printBundles(await measureBundles(runs), json),
  rejudge: figures('rejudge', benchRejudge),
  scanned: figures('scanned', benchScanned),
  large: figures('large', benchLargeEvidence),
  fair: figures('fair', benchFair),
  turns: figures('turns', benchMainThread),
  sweep: figures('sweep', benchSweep),
  growth: (runs, json) => benchGrowth(runs, (figures) => printFigures('growth', figures, json)),
  processes: figures('processes', benchVerifyProcesses),
};

/** The registries that must have been fetched for it. */
const NEEDS: Readonly<Record<string, readonly NativePart[]>> = {
  growth: ['olareg'],
  ingest: ['olareg'],
  storm: ['olareg'],
  verdicts: ['olareg'],
  processes: ['olareg', 'postgres', 'redis'],
  scanned: ['olareg', 'registry'],
};

const [first, ...rest] = process.argv.slice(2);
if (first === 'compare') await compare(rest);
else if (first === 'record') await benchRecord(rest);
else await measure();

async function measure(): Promise<void> {
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
    const problem = problemOf(name);
    if (problem === undefined) await BENCHMARKS[name]?.(Number(values.runs), values.json);
    else {
      console.error(`${name} is not measured: ${problem}`);
      process.exitCode = 1;
    }
    if (!values.json) console.log();
  }
}

function figures(name: string, measure: (runs: number) => Promise<readonly Figure[]>): Benchmark {
  return async (runs, json) => {
    const measured = await measure(runs);
    if (!json) console.log(`| ${name} | |\n|---|---|`);
    printFigures(name, measured, json);
  };
}

function problemOf(name: string): string | undefined {
  if (chosenBackend() !== 'native') return undefined;
  const problems = (NEEDS[name] ?? []).flatMap((part) => {
    const problem = nativeProblem(part);
    return problem === undefined ? [] : [`${part}: ${problem}`];
  });
  return problems.length === 0 ? undefined : problems.join('; ');
}

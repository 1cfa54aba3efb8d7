// One target, in a thread of its own: an input that never ends must not hold up whoever watches.
import { parentPort, workerData } from 'node:worker_threads';
import { startCoverage } from './coverage.ts';
import { createCurrentInput } from './current-input.ts';
import { fuzzLoop } from './fuzz-loop.ts';
import { loadInstrumented } from './load-instrumented.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly file: string;
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  readonly corpus: readonly Uint8Array[];
  readonly memory: SharedArrayBuffer;
}

const { file, target: name, seed, seconds, corpus, memory } = workerData as ThreadData;
const coverage = startCoverage();
loadInstrumented();
const { readTargets } = await import('../find-targets.ts');
const target = (await readTargets(file)).find((each) => each.name === name);
if (target === undefined) throw new Error(`${file} has no target ${name}`);
const current = createCurrentInput(memory);
const until = performance.now() + seconds * 1000;
const result = await fuzzLoop({
  target,
  coverage,
  seed,
  corpus,
  until: () => performance.now() >= until,
  announce: (input) => current.write(input),
});
parentPort?.postMessage(result);

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createCurrentInput } from './current-input.ts';
import type { ThreadData } from './fuzz.thread.ts';
import type { LoopResult } from './fuzz-loop.ts';

const THREAD = join(import.meta.dirname, 'fuzz.thread.ts');
/**
 * CPU that one input may take: what a piece of evidence gets before its thread is ended (L8), and far more than any of
 * 64 KiB needs. Not the time: the machine may have much else to do.
 */
const MOST_CPU_MS = 2_000;
const LOOK_EVERY_MS = 200;
/** A thread beyond this is ended, and its input a finding. */
const MOST_HEAP_MIB = 1024;

export interface TargetRun extends Omit<ThreadData, 'memory'> {}

/** Runs a target for its time. An input that takes too long, or too much memory, is a finding like any other. */
export function runTarget(run: TargetRun): Promise<LoopResult> {
  const current = createCurrentInput();
  const workerData: ThreadData = { ...run, memory: current.memory };
  const worker = new Worker(THREAD, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB } });
  return new Promise((resolve, reject) => {
    let at = { count: 0, cpu: cpuMs() };
    const watch = setInterval(() => {
      const count = current.count();
      if (count !== at.count || count === 0) at = { count, cpu: cpuMs() };
      else if (cpuMs() - at.cpu > MOST_CPU_MS) give(`one input took more than ${MOST_CPU_MS} ms of CPU`);
    }, LOOK_EVERY_MS);
    const stop = () => {
      clearInterval(watch);
      return worker.terminate();
    };
    const give = (error: string): void => {
      const finding = { input: current.read(), error };
      void stop().then(() => resolve({ runs: current.count(), features: 0, corpus: [], beyondSeeds: [], finding }));
    };
    worker.once('message', (result: LoopResult) => void stop().then(() => resolve(result)));
    worker.once('error', (error: Error) => {
      if (current.count() > 0) give(`the thread ended: ${error.stack ?? error.message}`);
      else void stop().then(() => reject(error));
    });
  });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

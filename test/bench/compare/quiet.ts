import { setTimeout as delay } from 'node:timers/promises';
import { childrenCpuMsOf, cpuMsOf } from '../process-usage.ts';

const LOOK_MS = 500;
/** Of a processor, daemon and PostgreSQL together. */
const QUIET = 0.06;
const TIMEOUT_MS = 300_000;

/** Waits until a daemon has nothing more to do. @throws {Error} if it is still busy after five minutes */
export async function quiet(pid: number): Promise<void> {
  const spent = (): number => cpuMsOf(pid) + childrenCpuMsOf(pid);
  const from = performance.now();
  for (let calm = 0; calm < 2; ) {
    const before = spent();
    await delay(LOOK_MS);
    calm = spent() - before < LOOK_MS * QUIET ? calm + 1 : 0;
    if (performance.now() - from > TIMEOUT_MS) throw new Error(`process ${pid} did not come to rest`);
  }
}

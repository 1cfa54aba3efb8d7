import { createThreadPool } from '../../../src/threads/thread-pool.ts';
import type { Said } from './obedient.thread.ts';

// A process that never stops its threads: it must end all the same, once it has nothing else to do.
const pool = createThreadPool<string, Said, object>({
  entry: new URL('./obedient.thread.ts', import.meta.url),
  size: 2,
  growAfterMs: 0,
  heapMb: 32,
  maxWaiting: 10,
  idleMs: 600_000,
  remember: () => ({}),
  write: (value) => ({ message: { order: 'answer', value, before: 0 }, transfer: [] }),
});
const run = await pool.run('alive', { deadlineMs: 20_000 });
process.stdout.write(run.kind === 'answered' ? run.reply.value : run.why);

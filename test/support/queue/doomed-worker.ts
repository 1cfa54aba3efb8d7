// A process that takes one job and never ends it, for the test that kills it: `node doomed-worker.ts STORE LOCK_MS`,
// where STORE is {"kind":"redis","url":…} or {"kind":"postgres","url":…}. Prints `took JOB` when it has one.
import { pino } from 'pino';
import { TIMINGS } from '../../../src/domain/timings.ts';
import { QUEUE_SEARCH_PATH } from '../../../src/queue/postgres-store.ts';
import { startWorkers } from '../../../src/queue/start-workers.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';

const [store, lockMs] = process.argv.slice(2);
const { kind, url } = JSON.parse(store ?? '{}');
const logger = pino({ level: 'silent' });
const pool = () => createPool({ connection: { url }, logger, max: 8, searchPath: QUEUE_SEARCH_PATH });

await startWorkers(
  {
    'judge-subject': (job) => {
      process.stdout.write(`took ${job.subjectId}\n`);
      return new Promise(() => {});
    },
  },
  {
    store: kind === 'redis' ? { kind, url } : { kind: 'postgres', pool: pool() },
    logger,
    timings: { ...TIMINGS, jobLockMs: Number(lockMs) },
  },
);

import type pg from 'pg';
import pino from 'pino';
import { createRecords } from '../../../src/records/create-records.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { fillRecord } from '../../support/records/fill-record.ts';
import { childrenCpuMsOf } from '../process-usage.ts';

/** Milliseconds, of one of what is measured. */
export interface Cost {
  /** Of who asks. */
  readonly cpuMs: number;
  readonly postgresMs: number;
  readonly ms: number;
}

/** Enough for the kernel's accounting, which counts hundredths of a second. */
const ROUNDS = 200;

/**
 * Fills the record of a daemon that does not run, as if it had judged so many images, and measures what the sweeper asks
 * of it in each round while nothing is due.
 */
export async function fillAndSweep(
  dataDir: string,
  { images, registryIds }: { readonly images: number; readonly registryIds: readonly string[] },
): Promise<Cost> {
  const logger = pino({ level: 'silent' });
  const server = await startEmbeddedPostgres({ dataDir, logger });
  const pool = createPool({ connection: server.connection, logger });
  const records = createRecords(pool);
  try {
    const inForce = await readInForce(pool);
    await fillRecord(pool, { images, registryIds, ...inForce });
    async function round(): Promise<void> {
      const now = new Date();
      await records.due.findDue({ ...inForce, now, registryIds, inFlight: [], resting: [] }, 200);
      await records.outbox.findDue(now, 200);
      await records.due.findUnresolvedEvents({ before: now, now, registryIds }, 100);
      await records.due.findFound({ inFlight: [], resting: [] }, 8);
    }
    await round();
    const before = { cpu: process.cpuUsage(), postgres: childrenCpuMsOf(process.pid), at: performance.now() };
    for (let count = 0; count < ROUNDS; count += 1) await round();
    const { user, system } = process.cpuUsage(before.cpu);
    return {
      cpuMs: (user + system) / 1_000 / ROUNDS,
      postgresMs: (childrenCpuMsOf(process.pid) - before.postgres) / ROUNDS,
      ms: (performance.now() - before.at) / ROUNDS,
    };
  } finally {
    await records.close();
    await server.stop();
  }
}

/** What the daemon judged its last image by: what is filled in must not be due under it. */
async function readInForce(pool: pg.Pool): Promise<{ policyRevision: string; trustEpoch: number }> {
  const { rows } = await pool.query<{ policy_revision: string; trust_epoch: string }>(
    'SELECT policy_revision, trust_epoch FROM verdicts ORDER BY id DESC LIMIT 1',
  );
  const [last] = rows;
  if (last === undefined) throw new TypeError('the daemon has judged nothing');
  return { policyRevision: last.policy_revision, trustEpoch: Number(last.trust_epoch) };
}

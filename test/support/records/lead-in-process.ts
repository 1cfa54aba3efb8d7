// A process that would lead, for tests that stop it: `node lead-in-process.ts URL`. It prints what it believes whenever
// that changes.
import pino from 'pino';
import { holdLeadership } from '../../../src/records/server/hold-leadership.ts';

/** A tenth of what the daemon has. */
export const SOON = { everyMs: 100, validMs: 800, silentMs: 1_000 };

const [, , url] = process.argv;
if (url !== undefined && import.meta.main) {
  const leadership = await holdLeadership({
    connection: { url },
    logger: pino({ level: 'silent' }),
    roles: ['verify'],
    tasks: ['sweeper'],
    timings: SOON,
  });
  let believed: boolean | undefined;
  setInterval(() => {
    const leads = leadership.term('sweeper') !== undefined;
    if (leads !== believed) process.stdout.write(leads ? 'leads\n' : 'follows\n');
    believed = leads;
  }, 5);
}

// A process that starts the embedded database in a folder, commits one row and stays, for the tests that kill it:
// `node doomed-daemon.ts DATA_DIR`. Prints `ready PID_OF_THE_SERVER`.
import { pino } from 'pino';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';

const logger = pino({ level: 'silent' });
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', logger });
const pool = createPool({ connection: server.connection, logger });
await pool.query('CREATE TABLE IF NOT EXISTS public.kept (word text)');
await pool.query(`INSERT INTO public.kept VALUES ('kept')`);
process.stdout.write(`ready ${server.pid}\n`);
setInterval(() => {}, 60_000);

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FaultError } from '../../kit/errors.ts';
import { SERVER_ENVIRONMENT } from './server-environment.ts';

const run = promisify(execFile);

/**
 * Refuses a cluster of another major version: PostgreSQL would not start on it, and would say why only in its log.
 * https://www.postgresql.org/docs/18/upgrading.html
 * @throws {FaultError} `DATABASE_TOO_NEW`, `DATABASE_TOO_OLD`
 */
export async function refuseOtherVersion(data: string, program: string): Promise<void> {
  const present = Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => ''), 10);
  if (Number.isNaN(present)) return;
  const { stdout } = await run(program, ['--version'], { cwd: '/', env: SERVER_ENVIRONMENT });
  const own = Number.parseInt(/ (\d+)/.exec(stdout)?.[1] ?? '', 10);
  if (Number.isNaN(own) || present === own) return;
  const what = `expected a database of PostgreSQL ${own} in ${data}, got one of PostgreSQL ${present}`;
  if (present > own) {
    const hint = 'a newer Lazaret has made this folder: run that version, or give this one a dataDir of its own';
    throw new FaultError('DATABASE_TOO_NEW', what, { retryable: false, hint });
  }
  const hint = 'dump it with the Lazaret that made it and load it into a new dataDir, or use pg_upgrade';
  throw new FaultError('DATABASE_TOO_OLD', what, { retryable: false, hint });
}

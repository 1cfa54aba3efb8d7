import type { Config } from '../../config/config.ts';
import { FaultError } from '../../kit/errors.ts';
import { toDatabaseFault } from '../../records/database-fault.ts';
import { ALL_MIGRATIONS } from '../../records/migrations/all-migrations.ts';
import { createPool } from '../../records/server/create-pool.ts';
import { findEmbeddedPostgres } from '../../records/server/embedded-postgres.ts';
import { findPostgresPrograms } from '../../records/server/postgres-programs.ts';
import { refusePooler } from '../../records/server/refuse-pooler.ts';
import { silentLogger } from '../silent-logger.ts';
import { type Check, type CheckResult, fail, ok } from './check.ts';

/** Whether the record's database can be used; nothing is changed in it. */
export function checkDatabase(config: Pick<Config, 'dataDir' | 'postgres'>): Check {
  const { postgres, dataDir } = config;
  return {
    name: 'database',
    run: () => (postgres === undefined ? checkEmbedded(dataDir) : checkExternal(postgres.url.reveal())),
  };
}

async function checkEmbedded(dataDir: string): Promise<CheckResult> {
  if ((await findEmbeddedPostgres(dataDir)) !== null) return ok(`the embedded PostgreSQL runs under ${dataDir}`);
  await findPostgresPrograms();
  return ok(`the embedded PostgreSQL will run under ${dataDir}`);
}

async function checkExternal(url: string): Promise<CheckResult> {
  const pool = createPool({ connection: { url }, logger: silentLogger(), max: 2 });
  try {
    await refusePooler(pool);
    const { rows } = await pool.query<ServerState>(STATE);
    const [state] = rows;
    if (state === undefined) throw new TypeError('a query for one row gave none');
    const newest = ALL_MIGRATIONS.at(-1)?.version ?? 0;
    return state.has_record ? await checkSchema(pool, state, newest) : judgeEmpty(state);
  } catch (error) {
    throw toDatabaseFault(error, pool);
  } finally {
    await pool.end();
  }
}

interface ServerState {
  readonly version: string;
  readonly major: number;
  readonly may_create: boolean;
  readonly has_record: boolean;
}

const STATE = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int / 10000 AS major,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  to_regclass('lazaret.schema_version') IS NOT NULL AS has_record`;

// What \`migrate\` asks for, too.
const OLDEST_MAJOR = 14;

function judgeEmpty({ version, major, may_create }: ServerState): CheckResult {
  if (major < OLDEST_MAJOR) return tooOld(version);
  if (may_create) return ok(`PostgreSQL ${version} answers; the daemon will create its tables`);
  return fail(
    `PostgreSQL ${version} answers, but this user may not create a schema`,
    'As its owner: GRANT CREATE ON DATABASE <name> TO <user>;',
  );
}

async function checkSchema(
  pool: ReturnType<typeof createPool>,
  { version, major }: ServerState,
  newest: number,
): Promise<CheckResult> {
  if (major < OLDEST_MAJOR) return tooOld(version);
  const { rows } = await pool.query<{ version: number }>('SELECT max(version) AS version FROM lazaret.schema_version');
  const present = rows[0]?.version ?? 0;
  if (present > newest) {
    throw new FaultError(
      'DATABASE_TOO_NEW',
      `the database has schema version ${present}, this Lazaret knows ${newest}`,
      {
        retryable: false,
        hint: 'A newer Lazaret has used it: run that version, or restore a backup.',
      },
    );
  }
  const update = present < newest ? `; the daemon will bring it from schema version ${present} to ${newest}` : '';
  return ok(`PostgreSQL ${version} holds the record${update}`);
}

function tooOld(version: string): CheckResult {
  return fail(`PostgreSQL ${version} is too old`, `Upgrade to ${OLDEST_MAJOR} or later, or leave out \`postgres\`.`);
}

import type { Config } from '../../config/config.ts';
import { registryName } from '../../domain/registry-name.ts';
import { createRecords } from '../../records/create-records.ts';
import { toDatabaseFault } from '../../records/database-fault.ts';
import { ALL_MIGRATIONS } from '../../records/migrations/all-migrations.ts';
import { createPool, type DatabaseConnection } from '../../records/server/create-pool.ts';
import { findEmbeddedPostgres } from '../../records/server/embedded-postgres.ts';
import { silentLogger } from '../silent-logger.ts';
import { type Check, type CheckResult, ok, warn } from './check.ts';

/** Named in full; the API has the others. */
const NAMED = 5;

/** Which images the record holds that could not be told; nothing is changed in it, and no database is started for it. */
export function checkUntold(config: Pick<Config, 'dataDir' | 'postgres' | 'registries'>): Check {
  return {
    name: 'could not tell',
    async run() {
      const { postgres, dataDir } = config;
      const connection = postgres === undefined ? await findEmbeddedPostgres(dataDir) : { url: postgres.url.reveal() };
      return connection === null
        ? ok('no daemon runs here that could say which images it holds up')
        : ask(connection, config);
    },
  };
}

async function ask(connection: DatabaseConnection, config: Pick<Config, 'registries'>): Promise<CheckResult> {
  const pool = createPool({ connection, logger: silentLogger(), max: 2 });
  try {
    const { rows } = await pool.query<{ has_record: boolean }>(HAS_RECORD);
    if (rows[0]?.has_record !== true) return ok('nothing is on record yet');
    const version = await pool.query<{ version: number }>('SELECT max(version) AS version FROM lazaret.schema_version');
    // What an older or newer Lazaret has left is for the check of the database to tell.
    if (version.rows[0]?.version !== ALL_MIGRATIONS.at(-1)?.version) return ok('the record is of another version');
    return await describe(createRecords(pool), config);
  } catch (error) {
    throw toDatabaseFault(error, pool);
  } finally {
    await pool.end();
  }
}

const HAS_RECORD = `SELECT to_regclass('lazaret.schema_version') IS NOT NULL AS has_record`;

async function describe(
  { query }: Pick<ReturnType<typeof createRecords>, 'query'>,
  { registries }: Pick<Config, 'registries'>,
): Promise<CheckResult> {
  const causes = await query.countUntold();
  const count = causes.reduce((sum, cause) => sum + cause.count, 0);
  if (count === 0) return ok('every image on record could be told');
  const hostOf = (id: string): string => {
    const registry = registries.find((one) => one.id === id);
    return registry === undefined ? id : registryName(registry.url);
  };
  const images = (await query.readUntold(NAMED)).map(
    ({ registryId, repository, digest }) => `${hostOf(registryId)}/${repository}@${digest}`,
  );
  const why = causes.map((cause) => `${cause.count} by ${cause.code} at ${hostOf(cause.registryId)}`).join(', ');
  const more = count - images.length;
  const which = `${images.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return warn(
    `${count === 1 ? '1 image' : `${count} images`} could not be told (${why}): ${which}`,
    'Nothing is quarantined meanwhile. docs/operations.md explains each code; /api/v1/could-not-tell lists all of them.',
  );
}

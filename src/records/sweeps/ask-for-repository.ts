import { sql } from 'kysely';
import { storableText } from '../../kit/storable-json.ts';
import type { Queryable } from '../database.ts';

/** Repositories of one place that wait at most; what is announced in others meanwhile the next sweep finds. */
const WAITING_MOST = 1000;

/** A repository, and the sources whose sweeps are to look at it. */
export interface WantedLook {
  readonly registryId: string;
  readonly repository: string;
  readonly sweptBy: readonly string[];
}

/** Asks sweeps to look at a repository soon: once while it waits, however often it is asked for. */
export async function askForRepository(db: Queryable, { registryId, repository, sweptBy }: WantedLook, now: Date) {
  const name = storableText(repository);
  for (const sourceId of sweptBy) {
    const its = sql`source_id = ${sourceId} AND registry_id = ${registryId}`;
    await sql`
      INSERT INTO asked_repositories (source_id, registry_id, repository, asked_at)
      SELECT ${sourceId}::text, ${registryId}::text, ${name}::text, ${now}::timestamptz
      WHERE EXISTS (SELECT FROM asked_repositories WHERE ${its} AND repository = ${name})
        OR (SELECT count(*) FROM asked_repositories WHERE ${its}) < ${WAITING_MOST}
      ON CONFLICT (source_id, registry_id, repository) DO UPDATE SET times = asked_repositories.times + 1`.execute(db);
  }
}

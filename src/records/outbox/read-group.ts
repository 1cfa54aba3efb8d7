import { sql } from 'kysely';
import { type Announcement, GROUPED_KINDS, type ListedImage } from '../../domain/announcement.ts';
import type { NoticeGroup } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { readRegistryEffect } from './read-registry-effect.ts';

/** As many as a message of Slack's holds with what stands around them. */
const LISTED = 20;
/**
 * So many of each kind are listed before more of a severer kind, so that images that pass again are listed beside those
 * that fail.
 */
const OF_EACH_KIND = 4;

interface Row {
  readonly announcement: Announcement;
  readonly after_effect: number | null;
}

/**
 * Reads what the message of this notice tells of, if that is more than itself.
 * @throws {FaultError} `RECORD_MALFORMED`
 */
export async function readGroup(db: Queryable, id: number): Promise<NoticeGroup | null> {
  const counts = await countKinds(db, id);
  const notices = counts.reduce((sum, each) => sum + each.notices, 0);
  if (notices < 2) return null;
  const listed: NoticeGroup['listed'][number][] = [];
  for (const { announcement, after_effect } of await listSevere(db, id)) {
    listed.push({ announcement, registryEffect: await readRegistryEffect(db, after_effect) });
  }
  return { listed, notices, counts: Object.fromEntries(counts.map(({ kind, images }) => [kind, images])) };
}

/** Of several notices about one image the newest says how it stands. */
const newestOf = (id: number) => sql`SELECT id, subject_id, announcement, after_effect,
    announcement ->> 'kind' AS kind,
    row_number() OVER (PARTITION BY subject_id ORDER BY id DESC) = 1 AS is_newest
  FROM effects WHERE id = ${id} OR told_with = ${id}`;

async function countKinds(db: Queryable, id: number) {
  const { rows } = await sql<{ kind: ListedImage['kind']; images: number; notices: number }>`
    SELECT kind, count(*) FILTER (WHERE is_newest)::int AS images, count(*)::int AS notices
    FROM (${newestOf(id)}) AS told GROUP BY kind`.execute(db);
  return rows;
}

async function listSevere(db: Queryable, id: number): Promise<readonly Row[]> {
  const severity = sql`array_position(${sql.val([...GROUPED_KINDS])}::text[], kind)`;
  const { rows } = await sql<Row>`
    SELECT announcement, after_effect FROM (
      SELECT ranked.*, ${severity} AS severity FROM (
        SELECT told.*, row_number() OVER (PARTITION BY kind ORDER BY announcement ->> 'outcome', id) AS place
        FROM (${newestOf(id)}) AS told WHERE is_newest) AS ranked
      ORDER BY place > ${OF_EACH_KIND}, severity, place LIMIT ${LISTED}) AS listed
    ORDER BY severity, place`.execute(db);
  return rows;
}

import type { EffectRecord } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';

/** Reads the registry effect a notice tells about, as it stands. */
export async function readRegistryEffect(db: Queryable, id: number | null): Promise<EffectRecord['registryEffect']> {
  if (id === null) return null;
  const row = await db
    .selectFrom('effects')
    .select(['kind', 'state', 'tag', 'result', 'error'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.kind === 'notice') return null;
  return { kind: row.kind, state: row.state, tag: row.tag ?? '', result: row.result, error: row.error };
}

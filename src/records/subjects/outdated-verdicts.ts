import { sql } from 'kysely';
import type { Finding } from '../../domain/finding.ts';
import type { StorableJson } from '../../kit/storable-json.ts';
import type { OutdatedVerdict, OutdatedVerdicts } from '../../ports/outdated-verdicts.ts';
import type { Database, Queryable } from '../database.ts';
import { requestJudgement } from './request-judgement.ts';

/** Honest evidence leaves some KiB; reading and judging more again costs more than asking the registry. */
const MAX_FINDINGS_BYTES = 256 * 1024;

/** Creates the way to what was judged under policies that are no longer in force. */
export function createOutdatedVerdicts(database: Database): OutdatedVerdicts {
  return {
    findOutdated: (context, limit) => database.run((db) => findOutdatedVerdicts(db, context, limit)),
    request: (subject, now) => database.transact(async (trx) => (await requestJudgement(trx, subject, now)) !== null),
  };
}

async function findOutdatedVerdicts(
  db: Queryable,
  context: Parameters<OutdatedVerdicts['findOutdated']>[0],
  limit: number,
): Promise<readonly OutdatedVerdict[]> {
  const { policyRevision, trustEpoch, registryIds, after } = context;
  const rows = await db
    .selectFrom('verdicts as v')
    .innerJoin('subjects as s', 's.id', 'v.subject_id')
    .select(['s.id', 's.registry_id', 's.repository', 's.digest', 's.artifact_type', 's.is_index', 'v.verdict'])
    .select(sql<StorableJson<readonly Finding[]>>`v.findings::text`.as('findings'))
    .where('v.subject_id', '>', after)
    .where('v.is_current', '=', sql.lit(true))
    .where('v.is_moot', '=', sql.lit(false))
    .where('s.state', '=', sql.lit('final'))
    .where('s.registry_id', '=', sql<string>`any(${registryIds})`)
    // It is never less; "equal" the server takes for rare, and would read all there are to find them.
    .whereRef('s.requested_seq', '<=', 's.judged_seq')
    // As an index can find it.
    .where((eb) => eb.or([eb('v.policy_revision', '<', policyRevision), eb('v.policy_revision', '>', policyRevision)]))
    .where('v.trust_epoch', '=', trustEpoch)
    .where(sql<boolean>`octet_length(v.findings::text) <= ${MAX_FINDINGS_BYTES}`)
    .orderBy('v.subject_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    subjectId: row.id,
    registryId: row.registry_id,
    repository: row.repository,
    digest: row.digest,
    verdict: row.verdict,
    findings: row.findings,
    artifactType: row.artifact_type,
    isIndex: row.is_index === true,
  }));
}

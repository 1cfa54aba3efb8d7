import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Timings } from '../../domain/timings.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { ManualActions } from '../../ports/manual-actions.ts';
import type { Database, Queryable } from '../database.ts';
import { addToAudit } from '../outbox/audit-log.ts';
import { insertEffects } from '../outbox/insert-effects.ts';
import { supersedeOpen } from '../outbox/supersede-effects.ts';
import { endBaseline } from './end-baseline.ts';
import { countFailing, recheck, recheckFailing } from './recheck.ts';
import { lockSubjectRow } from './subject-row.ts';

type ManualContext = Parameters<ManualActions['request']>[2];

/** Creates the way for what a person asks for into the record. */
export function createManualActions(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): ManualActions {
  return {
    request: (subject, kind, context) => database.transact((trx) => request(trx, subject, kind, context)),
    recheck: (subject, now, how) =>
      database.transact((trx) => recheck(trx, subject, { now, lostAfterMs, dryRun: how?.dryRun === true })),
    recheckFailing: (now, how) =>
      database.run((db) => (how?.dryRun === true ? countFailing(db) : recheckFailing(db, now))),
    endBaseline: (subjects, now) => endBaseline(database, subjects, { now, lostAfterMs }),
  };
}

async function request(
  db: Queryable,
  subject: Subject,
  kind: 'quarantine' | 'release',
  context: ManualContext,
): Promise<readonly EffectRef[]> {
  const subjectId = subjectKey(subject);
  const name = `${subject.repository}@${subject.digest}`;
  const row = await lockSubjectRow(db, subjectId);
  if (row === undefined || row.verdict_id === null) {
    throw new InvalidInputError('SUBJECT_UNKNOWN', `expected an image that was judged, got ${name}`, [
      { where: name, message: 'there is no verdict on record', hint: 'see `lazaret quarantine list`' },
    ]);
  }
  if (kind === 'quarantine' && row.verdict?.outcome === 'pass') {
    throw new InvalidInputError(
      'VERDICT_NOT_FAILING',
      `expected an image that does not pass, got ${name}, whose evidence satisfies its policy`,
      [{ where: name, message: 'its verdict is pass', hint: 'tighten the policy that lets it pass' }],
    );
  }
  const by = storableText(context.by);
  const superseded = await supersedeOpen(db, subjectId, { why: `${by} asked for something else`, now: context.now });
  const about = {
    registry: subject.registryId,
    repository: subject.repository,
    digest: subject.digest,
    mark: context.tag,
  };
  await addToAudit(db, { at: context.now, by, act: kind, about });
  const notices = context.effects.filter((effect) => effect.kind === 'notice');
  return insertEffects(db, {
    subjectId,
    verdictId: row.verdict_id,
    effects: [{ kind, tag: context.tag }, ...notices],
    origin: { kind: 'manual', by },
    superseded,
    now: context.now,
  });
}

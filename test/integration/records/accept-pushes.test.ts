import { expect, it } from 'vitest';
import { subjectKey } from '../../../src/domain/subject.ts';
import { createDatabase } from '../../../src/records/database.ts';
import { recogniseRepeat } from '../../../src/records/inbox/receive-subject.ts';
import { findSubjectRow } from '../../../src/records/subjects/subject-row.ts';
import { embeddedRecords } from '../../support/records/embedded-records.ts';
import { pushEvent, subjectNamed, verdictOf } from '../../support/records/samples.ts';

const NOW = new Date('2026-11-24T08:00:00.000Z');
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 5 };
const ORIGIN = { sourceId: 'hook', registryId: 'prod' };

const own = embeddedRecords();

const VERDICTS = [
  null,
  ...(['pass', 'fail-missing', 'fail-evidence', 'indeterminate', 'rejected-input'] as const).map((outcome) =>
    verdictOf(outcome),
  ),
  verdictOf('fail-missing', { code: 'INHERITED' }),
  verdictOf('indeterminate', { code: 'CRASHED_REPEATEDLY' }),
];
const STATES = ['pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked'];
const SEQUENCES = [
  [1, 0, 0],
  [1, 1, 0],
  [2, 1, 1],
  [2, 2, 1],
  [1, 1, 1],
];
const CHECKS = [null, '30 seconds', '-30 seconds', '1 hour'];
/** What else may be so of a subject, each by itself. */
const ODDITIES = [
  {},
  { is_found: 'true' },
  { baseline: `'recorded'` },
  { baseline: `'over'` },
  { tags: `ARRAY['other']` },
  { recalled_until: `timestamptz '2026-11-24T09:00:00Z'` },
  { progress_at: `timestamptz '2026-11-23T08:00:00Z'` },
] as const;

/** Every kind of subject there is, by thousands, with what its verdict was made under. */
async function fill(): Promise<number> {
  const values: string[] = [];
  const verdicts: string[] = [];
  let serial = 0;
  for (const verdict of VERDICTS)
    for (const state of STATES)
      for (const [requested, started, judged] of SEQUENCES)
        for (const check of CHECKS)
          for (const oddity of ODDITIES)
            for (const [final, revision, epoch] of verdict === null ? [[true, 'p1', 5] as const] : MADE_UNDER) {
              const subject = subjectNamed(`kind ${serial}`);
              const id = subjectKey(subject);
              const columns = { is_found: 'false', baseline: 'NULL', tags: `ARRAY['v1']`, recalled_until: 'NULL' };
              const of = { ...columns, progress_at: `timestamptz '${NOW.toISOString()}'`, ...oddity };
              const next = check === null ? 'NULL' : `timestamptz '${NOW.toISOString()}' + interval '${check}'`;
              values.push(
                `('${id}', 'prod', '${subject.repository}', '${subject.digest}', '${state}', timestamptz '2026-11-24', ${of.tags}, 'c${serial}', ${requested}, ${started}, ${judged}, ${of.progress_at}, ${next}, ${of.is_found}, ${of.baseline}, ${of.recalled_until})`,
              );
              if (verdict !== null)
                verdicts.push(
                  `('${id}', '${verdict.outcome}', '${verdict.code}', ${final}, '${revision}', ${epoch}, now(), now(), '${JSON.stringify(verdict)}', '[]', true)`,
                );
              serial += 1;
            }
  await own.pool.query(`INSERT INTO subjects (id, registry_id, repository, digest, state, first_seen_at, tags, correlation_id,
    requested_seq, started_seq, judged_seq, progress_at, next_check_at, is_found, baseline, recalled_until)
    VALUES ${values.join(',')}`);
  await own.pool.query(`INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at,
    judged_at, verdict, findings, is_current) VALUES ${verdicts.join(',')}`);
  return serial;
}
const MADE_UNDER = [
  [true, 'p1', 5],
  [false, 'p1', 5],
  [true, 'p0', 5],
  [true, 'p1', 4],
] as const;

it('takes for a repeat nothing that asks for work by the rules, whatever is on record, and most that asks for none', async () => {
  const count = await fill();
  const database = createDatabase(own.pool);
  const kinds = Array.from({ length: count }, (_, index) => subjectNamed(`kind ${index}`));
  const naming = { tag: 'v1', correlationId: 'c', found: undefined };
  const wrong: string[] = [];
  let [repeats, taken] = [0, 0];
  for (let at = 0; at < kinds.length; at += 256) {
    const part = kinds.slice(at, at + 256);
    const rows = await Promise.all(
      part.map((subject) => database.run((db) => findSubjectRow(db, subjectKey(subject)))),
    );
    const receipts = await Promise.all(
      part.map((subject) => {
        const push = { ...pushEvent(subject), repository: subject.repository, digest: subject.digest };
        return own.records.inbox.acceptPush(ORIGIN, push, { now: NOW, ...IN_FORCE });
      }),
    );
    rows.forEach((row, index) => {
      const byRule = row && recogniseRepeat(row, naming, { now: NOW, ...IN_FORCE });
      const receipt = receipts[index];
      repeats += byRule === undefined ? 0 : 1;
      taken += receipt === null ? 0 : 1;
      if (receipt === null || receipt === undefined) return;
      if (byRule?.correlationId !== receipt.correlationId || receipt.judge !== undefined)
        wrong.push(JSON.stringify({ row, receipt }));
    });
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(taken / repeats).toBeGreaterThan(0.5);
}, 120_000);

it('A8: leaves a push under a tag that is or was a mark to be decided on in full, by whatever template it was made', async () => {
  const [marked, other] = [subjectNamed('marked', 'acme/marked'), subjectNamed('other', 'acme/marked')];
  const context = { now: NOW, ...IN_FORCE };
  const pushOf = (subject: typeof marked, tag: string) => ({
    ...pushEvent(subject, { tag }),
    repository: subject.repository,
    digest: subject.digest,
  });
  await own.records.inbox.acceptPush(ORIGIN, pushOf(marked, 'v1'), context);
  await own.pool.query(`UPDATE subjects SET mark = 'quarantined', mark_tag = 'old-mark' WHERE id = $1`, [
    subjectKey(marked),
  ]);
  await own.pool.query(
    `INSERT INTO effects (subject_id, registry_id, repository, origin, kind, tag, state, created_at)
      VALUES ($1, 'prod', 'acme/marked', 'manual', 'quarantine', 'begun', 'sending', now())`,
    [subjectKey(marked)],
  );
  for (const tag of ['old-mark', 'begun']) {
    expect(await own.records.inbox.acceptPush(ORIGIN, pushOf(other, tag), context)).toBeNull();
  }
  expect(await own.records.inbox.findSubject(other)).toBeNull();
  // In another repository the name means nothing.
  const elsewhere = await own.records.inbox.acceptPush(ORIGIN, pushOf(subjectNamed('elsewhere'), 'old-mark'), context);
  expect(elsewhere?.judge?.sequence).toBe(1);
});

it('asks for one judgement where many announce one new image at once, and writes down every event', async () => {
  const subject = subjectNamed('at once');
  const push = { ...pushEvent(subject), repository: subject.repository, digest: subject.digest };
  const context = { now: NOW, ...IN_FORCE };
  const receipts = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const short = await own.records.inbox.acceptPush(ORIGIN, push, context);
      const [long] =
        short === null
          ? await own.records.inbox.accept(ORIGIN, [{ event: push, action: 'judge', reason: null }], context)
          : [];
      return short ?? long;
    }),
  );
  expect(receipts.filter((receipt) => receipt?.judge !== undefined)).toHaveLength(1);
  expect(new Set(receipts.map((receipt) => receipt?.eventId)).size).toBe(40);
  expect(new Set(receipts.map((receipt) => receipt?.correlationId)).size).toBe(1);
  const { rows } = await own.pool.query('SELECT count(*)::int AS count FROM inbox_events WHERE subject_id = $1', [
    subjectKey(subject),
  ]);
  expect(rows).toEqual([{ count: 40 }]);
});

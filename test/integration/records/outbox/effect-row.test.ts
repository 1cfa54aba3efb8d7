import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storableJson } from '../../../../src/kit/storable-json.ts';
import type { PlannedEffect } from '../../../../src/ports/effect-outbox.ts';
import { openPipelineRecords, type PipelineRecords } from '../../../support/pipeline/pipeline-records.ts';
import { announcementOf, judgeDecision, subjectNamed, verdictOf } from '../../../support/records/samples.ts';

const NOW = new Date('2026-11-24T08:00:00.000Z');
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1, now: NOW };
const QUARANTINE: PlannedEffect = { kind: 'quarantine', tag: 'quarantined-0123456789ab' };

let store: PipelineRecords;
beforeAll(async () => {
  store = await openPipelineRecords();
});
afterAll(() => store?.close());

async function plan(word: string, effect: PlannedEffect): Promise<string> {
  const { inbox, judgements } = store.records;
  const origin = { sourceId: 'hook', registryId: 'prod' };
  const [receipt] = await inbox.accept(origin, [judgeDecision(subjectNamed(word))], IN_FORCE);
  const start = await judgements.begin(receipt?.judge?.subjectId ?? '', { now: NOW });
  if (start === null) throw new Error('expected something to judge');
  const rest = { findings: storableJson([]), children: [], final: true, nextCheckAt: null, ...IN_FORCE };
  const decided = await judgements.decide(start, {
    verdict: verdictOf('fail-missing'),
    effects: () => [effect],
    ...rest,
  });
  return decided?.effects[0]?.id ?? '';
}

describe('an effect that was begun', () => {
  it('has what its kind needs, and nothing else', async () => {
    const common = ['attempts', 'id', 'kind', 'replyUnknown', 'subject'];
    const announcement = announcementOf(subjectNamed('told'));
    const notice = await store.records.outbox.begin(
      await plan('told', { kind: 'notice', sinkId: 'slack', announcement }),
      NOW,
    );
    expect(Object.keys(notice ?? {}).toSorted()).toEqual(
      [...common, 'announcement', 'registryEffect', 'sinkId', 'together'].toSorted(),
    );
    const write = await store.records.outbox.begin(await plan('written', QUARANTINE), NOW);
    expect(Object.keys(write ?? {}).toSorted()).toEqual(
      [...common, 'lastHour', 'manual', 'resumed', 'tag', 'verdictId'].toSorted(),
    );
  });

  // The checks of the table are taken off as a broken disk would not heed them either.
  it.each([
    ['tag', 'quarantine', QUARANTINE],
    ['verdict_id', 'quarantine', QUARANTINE],
    ['sink_id', 'notice', { kind: 'notice', sinkId: 'slack', announcement: announcementOf(subjectNamed('x')) }],
    ['announcement', 'notice', { kind: 'notice', sinkId: 'slack', announcement: announcementOf(subjectNamed('x')) }],
  ] satisfies [string, string, PlannedEffect][])(
    'is refused where the row has lost its %s, and stays as it was',
    async (column, kind, effect) => {
      const id = await plan(`broken ${column}`, effect);
      await store.pool.query(
        'ALTER TABLE effects DROP CONSTRAINT IF EXISTS effects_check, DROP CONSTRAINT IF EXISTS effects_check1',
      );
      await store.pool.query(`UPDATE effects SET ${column} = NULL WHERE id = $1`, [id]);
      await expect(store.records.outbox.begin(id, NOW)).rejects.toMatchObject({
        code: 'RECORD_MALFORMED',
        message: `effects ${id}: expected a ${kind} with its ${column}, got none`,
      });
      const { rows } = await store.pool.query('SELECT state, attempts FROM effects WHERE id = $1', [id]);
      expect(rows).toEqual([{ state: 'pending', attempts: 0 }]);
    },
  );
});

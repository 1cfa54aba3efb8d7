import { afterAll, beforeAll, expect, it } from 'vitest';
import { TIMINGS } from '../../../src/domain/timings.ts';
import type { Outcome } from '../../../src/domain/verdict.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { announcementOf, judgeDecision, subjectNamed, verdictOf } from '../../support/records/samples.ts';

const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };
const at = (seconds: number) => new Date(Date.parse('2026-11-24T08:00:00.000Z') + seconds * 1_000);

let store: PipelineRecords;
/** As a daemon has it whose processes tests kill. */
let hasty: Records;
beforeAll(async () => {
  store = await openPipelineRecords();
  hasty = createRecords(store.pool, { ...TIMINGS, lostAfterMs: 10_000, effectLeaseMs: 5_000 });
});
afterAll(() => store?.close());

it('what was begun is lent for as long as the record was made with: judgements, effects, and what waits for them', async () => {
  const id = await receive('interrupted');
  await hasty.judgements.begin(id, { now: at(1) });
  expect(await hasty.judgements.begin(id, { now: at(10.9) })).toBeNull();
  expect(await due(10.9)).toEqual([]);
  expect(await due(11)).toEqual([id]);
  const failed = await judge(id, 'fail-missing', 11);
  await hasty.outbox.begin(failed, at(12));
  await hasty.manual.recheck(subjectNamed('interrupted'), at(12));
  const resolved = await judge(id, 'pass', 12);
  expect(await hasty.outbox.begin(resolved, at(12)), 'behind the first').toBeNull();
  const dueEffects = async (seconds: number) =>
    (await hasty.outbox.findDue(at(seconds), 10)).map((effect) => effect.id);
  expect(await dueEffects(16.9)).toEqual([]);
  expect((await dueEffects(17)).toSorted()).toEqual([failed, resolved].toSorted());
  expect(await hasty.outbox.begin(failed, at(17))).toMatchObject({ attempts: 2 });
});

it('a daemon that takes things for lost sooner takes up at once what a command asks for', async () => {
  const id = await receive('asked for');
  expect(await due(0)).toEqual([]);
  await store.records.manual.recheck(subjectNamed('asked for'), at(0));
  expect(await due(0)).toEqual([id]);
});

async function receive(word: string): Promise<string> {
  const [receipt] = await hasty.inbox.accept(ORIGIN, [judgeDecision(subjectNamed(word))], { now: at(0), ...IN_FORCE });
  return receipt?.judge?.subjectId ?? '';
}

/** Judges it, with a notice that follows. */
async function judge(id: string, outcome: Outcome, seconds: number): Promise<string> {
  const start = await hasty.judgements.begin(id, { now: at(seconds) });
  if (start === null) throw new Error('expected something to judge');
  const decided = await hasty.judgements.decide(start, {
    verdict: verdictOf(outcome),
    findings: storableJson([]),
    effects: () => [{ kind: 'notice', sinkId: 'slack', announcement: announcementOf(start.subject) }],
    children: [],
    final: true,
    nextCheckAt: null,
    now: at(seconds),
    ...IN_FORCE,
  });
  return decided?.effects[0]?.id ?? '';
}

async function due(seconds: number): Promise<readonly string[]> {
  const found = await hasty.due.findDue({ now: at(seconds), ...IN_FORCE, registryIds: ['prod'] }, 10);
  return found.map(({ subjectId }) => subjectId);
}

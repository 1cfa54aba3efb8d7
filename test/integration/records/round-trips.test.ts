import pg from 'pg';
import { expect, it, vi } from 'vitest';
import type { Subject } from '../../../src/domain/subject.ts';
import type { IntakeDecision, IntakeReceipt } from '../../../src/ports/event-inbox.ts';
import type { Decision, JudgementStart } from '../../../src/ports/judgements.ts';
import { embeddedRecords } from '../../support/records/embedded-records.ts';
import { acceptPush, judgeDecision, passAlone, subjectNamed } from '../../support/records/samples.ts';

// Each is a round trip that an event waits for, and work on both sides: one more is a decision, not an accident.
const NOW = new Date('2026-11-24T08:00:00.000Z');
const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };

const own = embeddedRecords();

it('accepts the first event of an image in one statement, and so a repeat', async () => {
  const subject = subjectNamed('new');
  expect(await statementsOf(() => accept(subject))).toBe(1);
  expect(await statementsOf(() => accept(subject))).toBe(1);
});

it('writes deliveries that come while another is written together, new images and repeats', async () => {
  const known = ['k1', 'k2', 'k3'].map((name) => subjectNamed(name));
  for (const subject of known) await accept(subject);
  // Opens the connections that it takes.
  await Promise.all(['w1', 'w2', 'w3', 'w4'].map((name) => accept(subjectNamed(name))));
  const fresh = ['n1', 'n2', 'n3', 'n4'].map((name) => subjectNamed(name));
  let receipts: readonly (readonly IntakeReceipt[])[] = [];
  const count = await statementsOf(async () => {
    receipts = await Promise.all([...fresh, ...known].map(accept));
  });
  // The first by itself, at once; those that wait in one group, or in more where the first takes long.
  expect(count).toBeLessThanOrEqual(3);
  expect(receipts.flat().filter(({ judge }) => judge !== undefined)).toHaveLength(fresh.length);
  expect(new Set(receipts.flat().map(({ eventId }) => eventId)).size).toBe(receipts.length);
});

it('keeps what one of them does wrong from the others', async () => {
  const good = ['g1', 'g2'].map((name) => subjectNamed(name));
  const wrong: IntakeDecision = { ...judgeDecision(subjectNamed('wrong')), reason: 'x' };
  const accepting = [good[0], good[1]].flatMap((subject) => (subject === undefined ? [] : [accept(subject)]));
  const failing = own.records.inbox.accept({ ...ORIGIN, found: 'nonsense' as 'baseline' }, [wrong], {
    now: NOW,
    ...IN_FORCE,
  });
  const last = accept(subjectNamed('g3'));
  await expect(failing).rejects.toThrow('violates check constraint');
  const receipts = (await Promise.all([...accepting, last])).flat();
  expect(receipts.map(({ judge }) => judge?.sequence)).toEqual([1, 1, 1]);
});

const PASS = passAlone({ now: NOW, ...IN_FORCE });

it('begins a judgement in two statements and records a first pass in six, of which two are the transaction', async () => {
  const id = (await accept(subjectNamed('judged')))[0]?.judge?.subjectId ?? '';
  expect(await statementsOf(() => own.records.judgements.begin(id, { now: NOW }))).toBe(2);
  const start = await begin('other', { isFirst: false });
  expect(await statementsOf(() => own.records.judgements.decide(start, PASS))).toBe(6);
});

it('begins a first look in one statement, and records in one what comes of it if nothing follows', async () => {
  const id = (await accept(subjectNamed('first')))[0]?.judge?.subjectId ?? '';
  expect(await statementsOf(() => own.records.judgements.begin(id, { now: NOW, isFirst: true }))).toBe(1);
  const start = await begin('first pass');
  const proof = { manifest: start.subject.digest, counted: true };
  const learnt = [{ digest: start.subject.digest, proof: [proof, proof], lost: [] }];
  expect(await statementsOf(() => own.records.judgements.decide(start, { ...PASS, learnt }))).toBe(1);
  expect(await own.records.inbox.findSubject(start.subject)).toMatchObject({
    state: 'final',
    settledOutcome: 'pass',
    verdict: { final: true, verdict: { outcome: 'pass' } },
  });
  expect(await own.records.judgements.findEvidence(start.subject)).toEqual([proof]);
  const absent = await begin('absent');
  const gone = { state: 'gone', lookAgainAt: null, now: NOW } as const;
  expect(await statementsOf(() => own.records.judgements.conclude(absent, gone))).toBe(1);
});

it('begins and records looks that come together in groups', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `group ${index}`);
  const ids = await Promise.all(
    names.map(async (name) => (await accept(subjectNamed(name)))[0]?.judge?.subjectId ?? ''),
  );
  let starts: readonly (JudgementStart | null)[] = [];
  // The first by itself, at once, and the others behind it.
  const began = await statementsOf(async () => {
    starts = await Promise.all(ids.map((id) => own.records.judgements.begin(id, { now: NOW, isFirst: true })));
  });
  expect(began).toBeLessThanOrEqual(2);
  expect(starts.map((start) => start?.subject.digest)).toEqual(names.map((name) => subjectNamed(name).digest));
  const recorded = await statementsOf(() =>
    Promise.all(starts.map((start) => start && own.records.judgements.decide(start, PASS))),
  );
  expect(recorded).toBeLessThanOrEqual(2);
  for (const name of names) {
    expect(await own.records.inbox.findSubject(subjectNamed(name))).toMatchObject({
      state: 'final',
      settledOutcome: 'pass',
    });
  }
});

it('reads a subject again that has changed since its first look began, and loses nothing of it', async () => {
  const start = await begin('announced again');
  const renamed = { ...judgeDecision(start.subject), event: { ...judgeDecision(start.subject).event, tag: 'v2' } };
  await own.records.inbox.accept(ORIGIN, [renamed], { now: NOW, ...IN_FORCE });
  let tags: readonly string[] = [];
  const effects: Decision['effects'] = (subject) => {
    tags = subject.tags;
    return [];
  };
  expect(await statementsOf(() => own.records.judgements.decide(start, { ...PASS, effects }))).toBe(7);
  expect(tags).toContain('v2');
  expect(await own.records.inbox.findSubject(start.subject)).toMatchObject({ state: 'final', tags });
  expect(await own.records.judgements.decide(start, PASS)).toBeNull();
});

async function begin(name: string, { isFirst } = { isFirst: true }): Promise<JudgementStart> {
  const id = (await accept(subjectNamed(name)))[0]?.judge?.subjectId ?? '';
  const start = await own.records.judgements.begin(id, { now: NOW, isFirst });
  if (start === null) throw new Error('expected something to judge');
  return start;
}

function accept(subject: Subject) {
  return acceptPush(own.records.inbox, { subject }, { now: NOW, ...IN_FORCE });
}

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    // Plans are made anew now and then, which no event waits for.
    return sent.mock.calls.filter(([statement]) => String(statement) !== 'discard plans').length;
  } finally {
    sent.mockRestore();
  }
}

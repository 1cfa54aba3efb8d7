import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Subject, subjectKey } from '../../src/domain/subject.ts';
import type { Outcome } from '../../src/domain/verdict.ts';
import { storableJson } from '../../src/kit/storable-json.ts';
import type { CapabilityRecord } from '../../src/ports/capability-record.ts';
import type { DueWork } from '../../src/ports/due-work.ts';
import type { EffectOutbox, PlannedEffect } from '../../src/ports/effect-outbox.ts';
import type { EffectRecord } from '../../src/ports/effect-record.ts';
import type { EventInbox } from '../../src/ports/event-inbox.ts';
import type { ImageCopies } from '../../src/ports/image-copies.ts';
import type { Indexes } from '../../src/ports/indexes.ts';
import type { Decision, JudgementStart, Judgements } from '../../src/ports/judgements.ts';
import type { ManualActions } from '../../src/ports/manual-actions.ts';
import type { FindingsQuery, RecordQuery } from '../../src/ports/record-query.ts';
import type { SweepRecord } from '../../src/ports/sweep-record.ts';
import type { UntoldQuery } from '../../src/ports/untold-query.ts';
import {
  acceptPush,
  announcementOf,
  digestNamed,
  judgeDecision,
  pushEvent,
  subjectNamed,
  verdictOf,
} from '../support/records/samples.ts';

/** The record under test, empty at first. */
export interface RecordsUnderTest {
  readonly inbox: EventInbox;
  readonly judgements: Judgements;
  readonly indexes: Indexes;
  readonly copies: ImageCopies;
  readonly due: DueWork;
  readonly outbox: EffectOutbox;
  readonly query: RecordQuery & FindingsQuery & UntoldQuery;
  readonly manual: ManualActions;
  readonly sweeps: SweepRecord;
  readonly capabilities: CapabilityRecord;
  oldestOpenAt(): Promise<Date | null>;
  close(): Promise<void>;
}

const START = Date.parse('2026-11-24T08:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const secondsOf = (time: Date | null) => ((time?.getTime() ?? Number.POSITIVE_INFINITY) - START) / 1000;
const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
/** What the last hour saw before this effect, if it is a quarantine. */
const hourOf = (begun: EffectRecord | null | undefined) => (begun?.kind === 'quarantine' ? begun.lastHour : undefined);
const inForce = { policyRevision: 'p1', trustEpoch: 1 };
const registryIds = ['prod'];

/** What every record store must do; run against the real database, embedded and external. */
export function describeRecords(name: string, create: () => Promise<RecordsUnderTest>): void {
  describe(name, () => {
    let records: RecordsUnderTest;
    let serial = 0;

    beforeAll(async () => {
      records = await create();
    });
    afterAll(async () => {
      await records?.close();
    });

    test('the record keeps what a registry showed of itself: the newest of each, and of its host alone', async () => {
      const of = { registryId: 'prod', host: 'registry.test' };
      const no = { capability: 'untag', support: 'no', by: 'writing', repository: 'acme/app', at: at(10) } as const;
      const yes = { capability: 'catalogue', support: 'yes', by: 'reading', at: at(5) } as const;
      for (const fact of [no, yes]) await records.capabilities.note(of, fact);
      await records.capabilities.note(of, { ...no, support: 'yes', at: at(9) });
      expect(await records.capabilities.read(of)).toEqual(expect.arrayContaining([no, yes]));
      await records.capabilities.note(of, { capability: 'untag', support: 'yes', by: 'writing', at: at(20) });
      const after = await records.capabilities.read(of);
      expect(after).toHaveLength(2);
      expect(after).toContainEqual({ capability: 'untag', support: 'yes', by: 'writing', at: at(20) });
      expect(await records.capabilities.read({ ...of, host: 'other.test' })).toEqual([]);
    });

    const fresh = (word = 'image') => subjectNamed(`${name} ${word} ${++serial}`);
    const accept = (subject: Subject, seconds = 0, context = inForce, tag = 'v1') =>
      acceptPush(records.inbox, { subject, tag }, { now: at(seconds), ...context });
    const receive = async (subject: Subject, seconds = 0) => {
      const [receipt] = await accept(subject, seconds);
      return receipt?.judge?.subjectId ?? '';
    };
    const begin = async (id: string, seconds = 1) => {
      const start = await records.judgements.begin(id, { now: at(seconds), isFirst: true });
      if (start === null) throw new Error('expected something to judge');
      return start;
    };
    const decide = (
      start: JudgementStart,
      outcome: Outcome,
      { effects = [], ...more }: Partial<Omit<Decision, 'effects'>> & { effects?: readonly PlannedEffect[] } = {},
    ) =>
      records.judgements.decide(start, {
        verdict: verdictOf(outcome),
        findings: storableJson([]),
        ...inForce,
        now: at(2),
        final: true,
        nextCheckAt: null,
        effects: () => effects,
        children: [],
        ...more,
      });
    /** Evidence about the subject that was pushed to another repository: it asks for a judgement, if for any. */
    const evidenceArrives = async (subject: Subject, time: Date) => {
      const evidence = { ...fresh('evidence'), repository: 'acme/evidence' };
      const start = await begin(await receive(evidence, secondsOf(time)), secondsOf(time));
      const end = { state: 'evidence', elsewhere: [subject], now: time } as const;
      return (await records.judgements.conclude(start, end))[0] ?? null;
    };
    const due = async (seconds: number, context = inForce, limit = 1000) =>
      (await records.due.findDue({ now: at(seconds), ...context, registryIds }, limit)).map((each) => each.subjectId);
    const noticeTo = (sinkId: string, subject: Subject): PlannedEffect => ({
      kind: 'notice',
      sinkId,
      announcement: announcementOf(subject),
    });
    const quarantine: PlannedEffect = { kind: 'quarantine', tag: 'quarantined-0123456789ab' };
    const fail = async (subject: Subject, effects: readonly PlannedEffect[]) => {
      const start = await begin(await receive(subject));
      const decided = await decide(start, 'fail-missing', { effects });
      if (decided === null) throw new Error('expected the verdict to be recorded');
      return { start, effects: decided.effects };
    };

    // First, on an empty record: nothing else waits.
    describe('what waits', () => {
      test('Q2: what the queue never hands out is as old as its first request, however often it is asked for', async () => {
        const id = await receive(fresh(), -100_000);
        const waited = [];
        for (const seconds of [60, 120, 180, 240]) {
          await due(-100_000 + seconds);
          waited.push(-100_000 + seconds - secondsOf(await records.oldestOpenAt()));
        }
        expect(waited).toEqual([60, 120, 180, 240]);
        await decide(await begin(id, -99_700), 'pass', { now: at(-99_700) });
        expect(await records.oldestOpenAt()).toBeNull();
      });

      test('Q2: a registry write and a notice that nobody makes are as old as they are due', async () => {
        const id = await receive(fresh(), -200_000);
        const effects = [{ kind: 'quarantine', tag: 'quarantined-q2' }] as const;
        await decide(await begin(id, -200_000), 'fail-missing', { effects, now: at(-199_000) });
        await records.outbox.findDue(at(-198_000), 1000);
        expect(await records.oldestOpenAt()).toEqual(at(-199_000));
        const [write] = (await records.outbox.findDue(at(-198_000), 1000)).filter(({ kind }) => kind === 'quarantine');
        await records.outbox.supersede(write?.id ?? '', 'a newer verdict', at(-198_000));
        expect(await records.oldestOpenAt()).toBeNull();
      });
    });

    describe('inbox', () => {
      test('asks for a judgement of a new subject and keeps the time of the first event', async () => {
        const subject = fresh();
        const [receipt] = await accept(subject, 10);
        expect(receipt?.judge?.sequence).toBe(1);
        await accept(subject, 500, inForce, 'v2');
        const found = await records.inbox.findSubject(subject);
        expect(found).toMatchObject({ state: 'pending', tags: ['v1', 'v2'], firstSeenAt: at(10), verdict: null });
        expect(found?.correlationId).toBe(receipt?.correlationId);
      });

      test('A5: 20 deliveries of one push at the same time ask for one judgement', async () => {
        const subject = fresh();
        const receipts = await Promise.all(Array.from({ length: 20 }, () => accept(subject)));
        expect(receipts.flat().filter((receipt) => receipt.judge !== undefined)).toHaveLength(1);
        expect(new Set(receipts.flat().map((receipt) => receipt.eventId)).size).toBe(20);
      });

      test('deliveries that name the same subjects in opposite orders do not block each other', async () => {
        const subjects = Array.from({ length: 10 }, () => fresh());
        const deliver = (order: readonly Subject[]) =>
          records.inbox.accept(
            ORIGIN,
            order.map((subject) => judgeDecision(subject)),
            { now: at(0), ...inForce },
          );
        const rounds = await Promise.all(
          Array.from({ length: 8 }, (_, round) => deliver(round % 2 ? subjects : subjects.toReversed())),
        );
        expect(rounds.flat().filter((receipt) => receipt.judge !== undefined)).toHaveLength(10);
      });

      test('A2: a replay after the final verdict asks for nothing, until policy or trust has changed', async () => {
        const subject = fresh();
        await decide(await begin(await receive(subject)), 'pass');
        expect((await accept(subject, 60))[0]?.judge).toBeUndefined();
        const [changed] = await accept(subject, 60, { policyRevision: 'p2', trustEpoch: 1 });
        expect(changed?.judge?.sequence).toBe(2);
        expect((await accept(subject, 61, { policyRevision: 'p1', trustEpoch: 2 }))[0]?.judge).toBeUndefined();
      });

      test.each(['fail-missing', 'fail-evidence', 'rejected-input'] as const)(
        'an announcement has an image looked at again whose verdict is %s',
        async (outcome) => {
          const subject = fresh();
          await decide(await begin(await receive(subject)), outcome);
          expect((await accept(subject, 60))[0]?.judge?.sequence).toBe(2);
        },
      );

      test('A5: a flood of announcements of a failing image makes one look under way and one more, then one a minute', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'fail-missing', { nextCheckAt: at(900) });
        const flood = async (seconds: number) => {
          const receipts = await Promise.all(Array.from({ length: 20 }, () => accept(subject, seconds)));
          return receipts.flat().filter((receipt) => receipt.judge !== undefined).length;
        };
        expect(await flood(10)).toBe(1);
        const first = await begin(id, 11);
        expect(await flood(11)).toBe(1);
        expect(await flood(11)).toBe(0);
        await decide(first, 'fail-missing', { nextCheckAt: at(900), now: at(12) });
        await decide(await begin(id, 12), 'fail-missing', { nextCheckAt: at(900), now: at(13) });
        expect(await flood(13)).toBe(0);
        expect(await flood(14)).toBe(0);
        // The last of them is put off, not dropped.
        expect(await due(69)).not.toContain(id);
        expect(await due(70)).toContain(id);
        await decide(await begin(id, 71), 'fail-missing', { nextCheckAt: at(900), now: at(72) });
        expect(await flood(73)).toBe(0);
        expect(await due(129)).not.toContain(id);
        expect(await due(130)).toContain(id);
      });

      test('an announcement that is put off while a look is under way is not forgotten when it ends', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'fail-missing', { nextCheckAt: at(900) });
        for (const seconds of [10, 20]) {
          await accept(subject, seconds);
          await decide(await begin(id, seconds), 'fail-missing', { nextCheckAt: at(900), now: at(seconds) });
        }
        await evidenceArrives(subject, at(30));
        const start = await begin(id, 30);
        expect((await accept(subject, 31))[0]?.judge).toBeUndefined();
        await decide(start, 'fail-missing', { nextCheckAt: at(900), now: at(32) });
        expect(await due(71)).toContain(id);
      });

      test('E5: an announcement of what crashes the process is no reason to look again', async () => {
        const subject = fresh();
        const crashed = verdictOf('rejected-input', { code: 'CRASHED_REPEATEDLY' });
        await decide(await begin(await receive(subject)), 'rejected-input', { verdict: crashed });
        expect((await accept(subject, 60))[0]?.judge).toBeUndefined();
      });

      test('an announcement has an image looked at again that could not be told for so long that it is looked at rarely', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'indeterminate', { final: false, nextCheckAt: at(90) });
        expect((await accept(subject, 3))[0]?.judge).toBeUndefined();
        await decide(await begin(id, 90), 'indeterminate', { final: false, nextCheckAt: at(3_690), now: at(91) });
        expect((await accept(subject, 92))[0]?.judge).toBeDefined();
      });

      test('A8: our own tag, announced by its name alone, has nothing looked at again', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        await records.outbox.begin(effects[0]?.id ?? '', at(3));
        const event = pushEvent(subject, { digest: null, tag: 'quarantined-0123456789ab' });
        const context = { now: at(4), ...inForce };
        const [receipt] = await records.inbox.accept(ORIGIN, [{ event, action: 'resolve', reason: null }], context);
        expect((await records.inbox.resolve(receipt?.eventId ?? '', subject.digest, context)).judge).toBeUndefined();
        expect((await records.inbox.findSubject(subject))?.tags).toEqual(['v1']);
      });

      test('a repeat of what is asked for, or final, is kept with its subject and changes nothing about it', async () => {
        const subject = fresh();
        const [first] = await accept(subject);
        const [asked] = await accept(subject, 1);
        await decide(await begin(first?.judge?.subjectId ?? ''), 'pass');
        const [final] = await accept(subject, 60);
        expect([asked, final]).toMatchObject([
          { correlationId: first?.correlationId },
          { correlationId: first?.correlationId },
        ]);
        expect([asked?.judge, final?.judge]).toEqual([undefined, undefined]);
        const history = await records.query.readHistory(subject);
        expect(history?.events.map(({ id }) => id).toSorted()).toEqual(
          [first?.eventId, asked?.eventId, final?.eventId].toSorted(),
        );
        expect(history?.subject).toMatchObject({ state: 'final', tags: ['v1'] });
      });

      test('a push of something gone asks again; a push of evidence does not', async () => {
        const gone = fresh('gone');
        const evidence = fresh('evidence');
        await records.judgements.conclude(await begin(await receive(gone)), { state: 'gone', now: at(2) });
        await records.judgements.conclude(await begin(await receive(evidence)), { state: 'evidence', now: at(2) });
        expect((await accept(gone, 9))[0]?.judge?.sequence).toBe(2);
        expect((await accept(evidence, 9))[0]?.judge).toBeUndefined();
        expect((await records.inbox.findSubject(gone))?.state).toBe('pending');
      });

      test('keeps ignored events, and hostile text in them, without a subject', async () => {
        const event = pushEvent(fresh(), { actor: 'nul \0 lone \ud800 pair \u{1f4a9}', tag: 'quarantined-x' });
        const decisions = [{ event, action: 'ignore', reason: 'our own mark' } as const];
        const [receipt] = await records.inbox.accept(ORIGIN, decisions, { now: at(0), ...inForce });
        expect(receipt?.judge).toBeUndefined();
        expect(receipt?.eventId).toMatch(/^[0-9]+$/);
      });

      test('an event with only a tag is resolved once', async () => {
        const subject = fresh();
        const event = pushEvent(subject, { digest: null });
        const decision = { event, action: 'resolve', reason: null } as const;
        const context = { now: at(0), ...inForce };
        const [receipt] = await records.inbox.accept(ORIGIN, [decision], context);
        expect(receipt).toMatchObject({ resolve: true });
        const id = receipt?.eventId ?? '';
        expect(await records.due.findEnded('resolve-event', [id], at(1))).toEqual([]);
        const unresolved = { origin: ORIGIN, repository: 'acme/app', tag: 'v1', receivedAt: at(0) };
        expect(await records.inbox.findUnresolved(id)).toEqual(unresolved);
        const due = { before: at(1), now: at(1), registryIds };
        expect(await records.due.findUnresolvedEvents(due, 1000)).toContainEqual(
          expect.objectContaining({ eventId: id }),
        );
        const both = await Promise.all([
          records.inbox.resolve(id, subject.digest, context),
          records.inbox.resolve(id, subject.digest, context),
        ]);
        expect(both.filter((each) => each.judge !== undefined)).toHaveLength(1);
        // One story, from the event to the effects.
        expect(both.map(({ correlationId }) => correlationId)).toEqual([
          receipt?.correlationId,
          receipt?.correlationId,
        ]);
        expect((await records.inbox.findSubject(subject))?.correlationId).toBe(receipt?.correlationId);
        expect(await records.inbox.findUnresolved(id)).toBeNull();
        expect(await records.inbox.findUnresolved('no such event')).toBeNull();
        expect(await records.due.findEnded('resolve-event', [id, 'no such event'], at(1))).toEqual([id]);
      });

      test('E3: knows whose mark a name is, from the moment its write has begun', async () => {
        const [first, second] = [fresh('first of a name'), fresh('second of a name')];
        const name = { registryId: 'prod', repository: 'acme/app', tag: 'quarantined-e3e3e3e3e3e3' };
        const holder = (other?: Subject) => records.outbox.findHolder(name, other && { except: subjectKey(other) });
        const { effects } = await fail(first, [{ kind: 'quarantine', tag: name.tag }]);
        const id = effects[0]?.id ?? '';
        expect(await holder()).toBeNull();
        await records.outbox.begin(id, at(3));
        expect(await holder(second)).toMatchObject({ isMarked: false, subject: { digest: first.digest } });
        expect(await holder(first)).toBeNull();
        // It went by a longer name in the end, and that is on record.
        const longer = `${name.tag}-and-more`;
        const mark = { mark: 'quarantined', tag: longer, releasedArtifact: null } as const;
        await records.outbox.finish(id, { now: at(4), result: 'tagged-longer', mark });
        expect(await holder()).toBeNull();
        const held = await records.outbox.findHolder({ ...name, tag: longer });
        expect(held).toMatchObject({ isMarked: true, subject: { digest: first.digest, markTag: longer } });
        expect((await records.inbox.findMark('prod', 'acme/app', longer))?.digest).toBe(first.digest);
        expect(await records.outbox.findHolder({ ...name, tag: longer, repository: 'acme/other' })).toBeNull();
      });

      test('parks a delivery that cannot be read, once however often it comes', async () => {
        const parked = { sourceId: 'kafka', reason: 'EVENT_MALFORMED', body: Buffer.from([0, 255]), position: 't/0@7' };
        await records.inbox.park(parked, at(0));
        await expect(records.inbox.park(parked, at(1))).resolves.toBeUndefined();
      });

      test('A8: finds who carries a mark as soon as its write has begun', async () => {
        const subject = fresh();
        const tag = 'quarantined-a8a8a8a8a8a8';
        const { effects } = await fail(subject, [{ kind: 'quarantine', tag }]);
        expect(await records.inbox.findMark('prod', 'acme/app', tag)).toBeNull();
        const id = effects[0]?.id ?? '';
        await records.outbox.begin(id, at(3));
        expect((await records.inbox.findMark('prod', 'acme/app', tag))?.digest).toBe(subject.digest);
        const mark = { mark: 'quarantined', tag, releasedArtifact: null } as const;
        await records.outbox.finish(id, { now: at(4), result: 'tagged', mark });
        expect(await records.inbox.findMark('prod', 'acme/app', tag)).toMatchObject({
          mark: 'quarantined',
          markTag: tag,
        });
        expect(await records.inbox.findMark('prod', 'acme/other', tag)).toBeNull();
      });
    });

    describe('judgement', () => {
      test('I7: one of two workers begins; the other may when the first must have died, and then the first decides nothing', async () => {
        const subject = fresh();
        const id = await receive(subject);
        const both = await Promise.all([1, 1].map((second) => records.judgements.begin(id, { now: at(second) })));
        const [first] = both.filter((each) => each !== null);
        expect(both.filter((each) => each !== null)).toHaveLength(1);
        expect(await records.judgements.begin(id, { now: at(60) })).toBeNull();
        const second = await begin(id, 61);
        const verdicts = await Promise.all([decide(first!, 'fail-missing'), decide(second, 'pass')]);
        expect(verdicts[0]).toBeNull();
        expect(verdicts[1]).not.toBeNull();
        expect((await records.query.readHistory(subject))?.verdicts).toHaveLength(1);
      });

      test('events that come while a judgement begins lose neither it nor their tags', async () => {
        for (let round = 0; round < 5; round += 1) {
          const subject = fresh();
          const id = await receive(subject);
          const tags = Array.from({ length: 8 }, (_, n) => `v${n + 2}`);
          const events = tags.map((tag) => accept(subject, 1, inForce, tag));
          const begun = await Promise.all([1, 1, 1].map((second) => records.judgements.begin(id, { now: at(second) })));
          await Promise.all(events);
          expect(begun.filter((start) => start !== null)).toMatchObject([{ fence: 1, sequence: 1, starts: 1 }]);
          const found = await records.inbox.findSubject(subject);
          expect(new Set(found?.tags)).toEqual(new Set(['v1', ...tags]));
        }
      });

      test('one that ended in an error may begin again at once, and does not count as a crash', async () => {
        const subject = fresh();
        const id = await receive(subject);
        for (const second of [1, 2, 3]) {
          const start = await begin(id, second);
          expect(start.starts).toBe(1);
          await records.judgements.abandon(start, at(second));
        }
        const late = await begin(id, 4);
        const taken = await begin(id, 70);
        await records.judgements.abandon(late, at(71));
        expect(await records.judgements.begin(id, { now: at(71) })).toBeNull();
        expect(taken.starts).toBe(2);
      });

      test('one judgement can not be recorded twice', async () => {
        const start = await begin(await receive(fresh()));
        expect(await decide(start, 'pass')).not.toBeNull();
        expect(await decide(start, 'fail-missing')).toBeNull();
      });

      test('begins nothing for an unknown or judged subject', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'pass');
        expect(await records.judgements.begin(id, { now: at(99) })).toBeNull();
        expect(await records.judgements.begin('nobody', { now: at(99) })).toBeNull();
      });

      test('E5: counts starts without an end, and forgets them after one', async () => {
        const subject = fresh();
        const id = await receive(subject);
        expect((await begin(id, 1)).starts).toBe(1);
        expect((await begin(id, 61)).starts).toBe(2);
        // As the sweeper finds it: asked for again, and started right after.
        const due = await records.due.findDue({ now: at(125), ...inForce, registryIds }, 1000);
        expect(due.map((each) => each.subjectId)).toContain(id);
        const third = await begin(id, 126);
        expect(third.starts).toBe(3);
        await decide(third, 'indeterminate', { final: false, nextCheckAt: at(230) });
        await evidenceArrives(subject, at(130));
        expect((await begin(id, 131)).starts).toBe(1);
      });

      test('evidence that arrives while judging waits for the end, however much and often it comes', async () => {
        const subject = fresh();
        const id = await receive(subject);
        const start = await begin(id, 1);
        expect(await evidenceArrives(subject, at(2))).toMatchObject({ sequence: 2 });
        for (const seconds of [3, 4, 5]) {
          expect(await evidenceArrives(subject, at(seconds))).toBeNull();
          expect(await records.judgements.begin(id, { now: at(seconds), isFirst: true })).toBeNull();
        }
        // A number of its own: the job of the second request may just be ending, and would swallow its repeat.
        expect(await decide(start, 'fail-missing')).toMatchObject({ judgements: [{ subjectId: id, sequence: 3 }] });
        expect(await records.judgements.begin(id, { now: at(6) })).toMatchObject({ sequence: 3 });
      });

      test('finds what may be an image by its digest, in every repository of every registry', async () => {
        const { digest } = fresh();
        const copies = ['acme/app', 'acme/copy'].map((repository) => ({ registryId: 'prod', repository, digest }));
        for (const copy of copies) await receive(copy);
        const evidence = { registryId: 'prod', repository: 'acme/evidence', digest };
        await records.judgements.conclude(await begin(await receive(evidence)), { state: 'evidence', now: at(2) });
        const found = await records.copies.findWithDigest([digest, digestNamed('unknown')]);
        expect(found.map(({ repository }) => repository).toSorted()).toEqual(['acme/app', 'acme/copy']);
        expect(await records.copies.findWithDigest([])).toEqual([]);
      });

      test('evidence asks for the images of other repositories that it is about', async () => {
        const image = fresh();
        const id = await receive(image);
        await decide(await begin(id), 'fail-missing');
        const evidence = await begin(await receive({ ...fresh('evidence'), repository: 'acme/sigs' }));
        const elsewhere = [image, fresh('unknown')];
        const end = { state: 'evidence', elsewhere, now: at(3) } as const;
        expect(await records.judgements.conclude(evidence, end)).toMatchObject([{ subjectId: id, sequence: 2 }]);
      });

      test('evidence that is concluded asks for the images it is about in the same transaction', async () => {
        const image = fresh('image');
        const id = await receive(image);
        await decide(await begin(id), 'fail-missing');
        const start = await begin(await receive(fresh('evidence')));
        const about = [image.digest, digestNamed('unknown')];
        const end = { state: 'evidence', about, now: at(3) } as const;
        expect(await records.judgements.conclude(start, end)).toMatchObject([{ subjectId: id, sequence: 2 }]);
        expect(await records.judgements.conclude(start, end)).toEqual([]);
      });

      test('evidence asks for a judgement of a final subject, not of an unknown one or of evidence', async () => {
        const subject = fresh();
        await decide(await begin(await receive(subject)), 'fail-missing');
        expect(await evidenceArrives(subject, at(9))).toMatchObject({ sequence: 2 });
        expect(await evidenceArrives(fresh(), at(9))).toBeNull();
        const evidence = fresh();
        await records.judgements.conclude(await begin(await receive(evidence)), { state: 'evidence', now: at(2) });
        expect(await evidenceArrives(evidence, at(9))).toBeNull();
      });

      test.each(['evidence', 'artifact'] as const)(
        'what was taken for %s is looked at again when it is tagged, listed by an index or announced anew',
        async (state) => {
          const subject = fresh();
          const id = await receive(subject);
          const conclude = async (seconds: number) =>
            records.judgements.conclude(await begin(id, seconds), { state, now: at(seconds) });
          await conclude(1);
          expect((await accept(subject, 20))[0]?.judge).toBeUndefined();
          expect((await accept(subject, 20, inForce, 'another'))[0]?.judge?.sequence).toBe(2);
          await conclude(21);
          expect((await accept(subject, 81))[0]?.judge?.sequence).toBe(3);
          await conclude(82);
          const index = await begin(await receive(fresh('index')));
          const decided = await decide(index, 'pass', { children: [{ digest: subject.digest }] });
          expect(decided?.judgements).toMatchObject([{ subjectId: id, sequence: 4 }]);
          await conclude(83);
        },
      );

      test('an artifact is on record with its type, and due again under other policies only', async () => {
        const subject = fresh();
        const id = await receive(subject);
        const artifact = { type: 'application/vnd.cncf.helm.config.v1+json', policyRevision: 'p1' };
        await records.judgements.conclude(await begin(id), { state: 'artifact', artifact, now: at(2) });
        const history = await records.query.readHistory(subject);
        expect(history?.subject).toMatchObject({ state: 'artifact', artifactType: artifact.type, verdict: null });
        const dueUnder = async (policyRevision: string) => {
          const found = await records.due.findDue({ ...inForce, policyRevision, now: at(3), registryIds }, 1_000);
          return found.map(({ subjectId }) => subjectId);
        };
        expect(await dueUnder('p1')).not.toContain(id);
        expect(await dueUnder('p2')).toContain(id);
        await decide(await begin(id, 4), 'pass', { policyRevision: 'p2', artifactType: artifact.type });
        expect((await records.query.readHistory(subject))?.subject).toMatchObject({ artifactType: artifact.type });
      });

      test('a repeat of the same verdict renews it; another one is added and becomes the current', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'fail-missing', { final: false, nextCheckAt: at(10) });
        await decide(await begin(id, 10), 'fail-missing', { final: false, nextCheckAt: at(20), now: at(11) });
        const waiting = await records.query.readHistory(subject);
        expect(waiting?.subject.state).toBe('waiting');
        expect(waiting?.verdicts.map((each) => each.judgedAt)).toEqual([at(11)]);
        await decide(await begin(id, 20), 'pass', { now: at(21) });
        const settled = await records.query.readHistory(subject);
        expect(settled?.subject.verdict).toMatchObject({ verdict: { outcome: 'pass' }, final: true });
        expect(settled?.subject.settledOutcome).toBe('pass');
        expect(settled?.verdicts.map((each) => each.verdict.outcome)).toEqual(['pass', 'fail-missing']);
      });

      test('counts looks that could not tell, and keeps the outcome people were told', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'fail-missing');
        await evidenceArrives(subject, at(3));
        await decide(await begin(id), 'indeterminate', { final: false, nextCheckAt: at(10) });
        await decide(await begin(id, 10), 'indeterminate', { final: false, nextCheckAt: at(20) });
        expect(await records.inbox.findSubject(subject)).toMatchObject({
          settledOutcome: 'fail-missing',
          failedLooks: 2,
        });
        await decide(await begin(id, 20), 'fail-missing');
        expect(await records.inbox.findSubject(subject)).toMatchObject({
          settledOutcome: 'fail-missing',
          failedLooks: 0,
        });
      });

      test('C12: knows the index that passed, however many others list the same image', async () => {
        const [good, child] = [fresh('index'), fresh('child')];
        const list = async (index: Subject, outcome: Outcome, seconds: number) => {
          const start = await begin(await receive(index, seconds), seconds + 1);
          await decide(start, outcome, { children: [child], now: at(seconds + 2) });
        };
        await list(good, 'pass', 0);
        await Promise.all(Array.from({ length: 201 }, (_, n) => list(fresh('other'), 'fail-missing', 10 + n)));
        const [first, ...others] = await records.indexes.findParents(child);
        expect(first?.digest).toBe(good.digest);
        expect(others.length).toBeLessThan(201);
      });

      test('tells who lists whom, by platform, what of it is on record, and what is no image', async () => {
        const [index, child, attestation, unjudged] = [fresh('index'), fresh('child'), fresh('att'), fresh('unjudged')];
        const unknown = digestNamed(`${name} never seen`);
        const [indexId, childId] = [await receive(index), await receive(child)];
        const [attestationId, unjudgedId] = [await receive(attestation), await receive(unjudged)];
        await decide(await begin(childId), 'pass');
        await decide(await begin(attestationId), 'fail-missing', { isBuildAttestation: true });
        // A look that came to nothing has not seen what it is, and takes nothing back.
        await evidenceArrives(attestation, at(3));
        await decide(await begin(attestationId, 4), 'indeterminate');
        const chart = fresh('chart');
        const artifact = { type: 'application/x-chart', policyRevision: 'p1' };
        await records.judgements.conclude(await begin(await receive(chart)), {
          state: 'artifact',
          artifact,
          now: at(2),
        });
        await decide(await begin(indexId), 'pass', {
          children: [
            { digest: chart.digest, platform: 'unknown/unknown' },
            { digest: child.digest, platform: 'linux/amd64' },
            { digest: attestation.digest, platform: 'unknown/unknown' },
            { digest: unjudged.digest },
            { digest: unknown, platform: 'linux/arm64' },
          ],
        });
        const link = { parentId: indexId, parentDigest: index.digest, platform: null, childId: null };
        const links = [
          { ...link, digest: child.digest, platform: 'linux/amd64', childId, isBuildAttestation: false },
          {
            ...link,
            digest: attestation.digest,
            platform: 'unknown/unknown',
            childId: attestationId,
            isBuildAttestation: true,
          },
          { ...link, digest: unjudged.digest, childId: unjudgedId, isBuildAttestation: false },
          { ...link, digest: unknown, platform: 'linux/arm64', isBuildAttestation: false },
        ].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
        const sorted = (found: typeof links): typeof links => found.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
        expect(sorted([...(await records.query.readFamilies([indexId]))] as typeof links)).toEqual(links);
        const one = links.filter((each) => each.childId === childId);
        expect(await records.query.readFamilies([childId])).toEqual(one);
        expect(await records.query.readFamilies([indexId, childId])).toHaveLength(links.length);
        expect(await records.query.readFamilies([])).toEqual([]);
        // The same digest elsewhere is another image.
        const copy = await receive({ ...child, repository: 'acme/copy' });
        expect(await records.query.readFamilies([copy])).toEqual([]);
      });

      test('knows the parents of an index, and asks for the children that do not pass by themselves with its verdict', async () => {
        const [index, child, passed, inherited] = [fresh('index'), fresh('child'), fresh('passed'), fresh('inherited')];
        const start = await begin(await receive(index));
        const childId = await receive(child);
        await decide(await begin(childId), 'fail-missing');
        await decide(await begin(await receive(passed)), 'pass');
        const inheritedId = await receive(inherited);
        await decide(await begin(inheritedId), 'pass', { verdict: verdictOf('pass', { code: 'INHERITED' }) });
        const children = [child, passed, inherited, { digest: digestNamed('unknown') }];
        const decided = await decide(start, 'pass', { children });
        expect(decided?.judgements.toSorted((a, b) => (a.subjectId < b.subjectId ? -1 : 1))).toMatchObject(
          [childId, inheritedId].sort().map((subjectId) => ({ subjectId, sequence: 2 })),
        );
        expect((await records.indexes.findParents(child)).map((each) => each.digest)).toEqual([index.digest]);
        expect(await records.indexes.findParents({ ...child, repository: 'acme/other' })).toEqual([]);
        await evidenceArrives(index, at(5));
        const again = await decide(await begin(start.subject.id, 6), 'pass', { children });
        expect(again?.judgements).toEqual([]);
      });

      test('C12: knows what may still be an index of an image: announced in time, in its repository, and open', async () => {
        const repository = `acme/${fresh('repository').digest.slice(7, 19)}`;
        const [child, index] = [subjectNamed('child', repository), subjectNamed('index', repository)];
        const openIndex = (seconds: number, now = seconds) =>
          records.indexes.findOpenIndex(child, { announcedBefore: at(seconds), now: at(now) });
        await decide(await begin(await receive(child)), 'fail-missing', { final: false, nextCheckAt: at(60) });
        expect(await openIndex(100), 'nothing else is there').toBeNull();
        const id = await receive(index, 10);
        expect(await openIndex(10), 'announced too late').toBeNull();
        expect(await openIndex(11), 'not looked at').toBe('open');
        const elsewhere = { ...child, repository: `${repository}-2` };
        const when = { announcedBefore: at(11), now: at(11) };
        expect(await records.indexes.findOpenIndex(elsewhere, when), 'of another repository').toBeNull();
        await decide(await begin(id, 12), 'indeterminate', { final: false, nextCheckAt: at(20) });
        expect(await openIndex(11), 'out of reach').toBe('untold');
        const open = { final: false, nextCheckAt: at(30) };
        const other = { children: [{ digest: digestNamed('another') }], isIndex: true };
        await decide(await begin(id, 20), 'fail-missing', { ...open, ...other });
        expect(await openIndex(11), 'of other images').toBeNull();
        await evidenceArrives(index, at(30));
        await decide(await begin(id, 30), 'fail-missing', { ...open, children: [child] });
        expect(await openIndex(11), 'in its own grace').toBe('open');
        await decide(await begin(id, 60), 'fail-missing', { children: [child] });
        expect(await openIndex(11), 'judged').toBeNull();
        const event = { ...judgeDecision(index, { digest: null, tag: 'v2' }), action: 'resolve' as const };
        await records.inbox.accept(ORIGIN, [event], { now: at(5), ...inForce });
        expect(await openIndex(11), 'announced by its tag alone').toBe('open');
        expect(await openIndex(11, 66), 'by a tag that nobody can tell').toBe('untold');
      });

      test('P7: what was read and is no index is none, although it could not be told', async () => {
        const repository = `acme/${fresh('repository').digest.slice(7, 19)}`;
        const [child, other] = [subjectNamed('child', repository), subjectNamed('other', repository)];
        const open = () => records.indexes.findOpenIndex(child, { announcedBefore: at(11), now: at(11) });
        const id = await receive(other, 10);
        const untold = { final: false, nextCheckAt: at(20) };
        await decide(await begin(id, 10), 'indeterminate', { ...untold, isIndex: true });
        expect(await open(), 'an index of nothing').toBeNull();
        await decide(await begin(id, 20), 'indeterminate', { ...untold, nextCheckAt: at(30), children: [child] });
        expect(await open(), 'its index').toBe('untold');
        const image = await receive(subjectNamed('plain', repository), 10);
        await decide(await begin(image, 30), 'indeterminate', { ...untold, isIndex: false });
        await decide(await begin(id, 30), 'fail-missing', { children: [child] });
        expect(await open()).toBeNull();
      });

      test('P2: gaps are counted until an image passes, whatever is told in between', async () => {
        const subject = fresh();
        const id = await receive(subject, 0);
        let now = 0;
        const look = async (outcome: Outcome, hasGaps: boolean) => {
          const start = await begin(id, now);
          const more = { hasGaps, final: outcome === 'pass', now: at(now), nextCheckAt: at(++now) };
          await decide(start, outcome, more);
          if (outcome === 'pass') await evidenceArrives(subject, at(now));
          return start.gaps;
        };
        expect(await look('fail-missing', true)).toEqual({ looks: 0, since: null });
        expect(await look('indeterminate', true)).toEqual({ looks: 1, since: at(0) });
        expect(await look('fail-missing', false)).toEqual({ looks: 1, since: at(0) });
        expect(await look('fail-evidence', true)).toEqual({ looks: 1, since: at(0) });
        expect(await look('pass', true)).toEqual({ looks: 2, since: at(0) });
        expect(await look('fail-missing', true)).toEqual({ looks: 0, since: null });
      });

      test('a mark that a look has found missing is off the record, and counted for a day, before what follows is planned', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        const id = effects[0]?.id ?? '';
        const mark = { mark: 'quarantined', tag: 'quarantined-0123456789ab', releasedArtifact: null } as const;
        const lose = async (seconds: number, markMissing: boolean) => {
          await evidenceArrives(subject, at(seconds));
          const start = await begin((await records.inbox.findSubject(subject))?.id ?? '', seconds);
          const seen: unknown[] = [];
          await records.judgements.decide(start, {
            verdict: verdictOf('fail-missing'),
            findings: storableJson([]),
            ...inForce,
            now: at(seconds),
            final: true,
            nextCheckAt: null,
            markMissing,
            effects: (now) => {
              seen.push([now.mark, now.marksLost, now.markMissing]);
              return [];
            },
            children: [],
          });
          return seen;
        };
        await records.outbox.begin(id, at(3));
        // Nobody can tell while the write is under way.
        expect(await lose(4, true)).toEqual([['none', 0, false]]);
        await records.outbox.finish(id, { now: at(5), result: 'tagged', mark });
        expect(await lose(6, false)).toEqual([['quarantined', 0, false]]);
        expect(await lose(7, true)).toEqual([['none', 1, true]]);
        expect(await records.inbox.findSubject(subject)).toMatchObject({ mark: 'none', markTag: null });
        expect(await lose(8, true)).toEqual([['none', 1, false]]);
        expect(await lose(86_408, false)).toEqual([['none', 0, false]]);
      });

      test('what is gone carries no mark of ours; that it was released stays known', async () => {
        const [quarantined, released] = [fresh(), fresh()];
        for (const [subject, mark] of [
          [quarantined, 'quarantined'],
          [released, 'released'],
        ] as const) {
          const { effects } = await fail(subject, [quarantine]);
          const done = { mark, tag: 'quarantined-0123456789ab', releasedArtifact: null };
          await records.outbox.begin(effects[0]?.id ?? '', at(3));
          await records.outbox.finish(effects[0]?.id ?? '', { now: at(4), result: 'tagged', mark: done });
          await evidenceArrives(subject, at(5));
          const start = await begin((await records.inbox.findSubject(subject))?.id ?? '', 5);
          await records.judgements.conclude(start, { state: 'gone', now: at(6) });
        }
        expect(await records.inbox.findSubject(quarantined)).toMatchObject({
          state: 'gone',
          mark: 'none',
          markTag: null,
        });
        expect(await records.inbox.findSubject(released)).toMatchObject({ state: 'gone', mark: 'released' });
      });

      test('a removal has its image looked at, and is no name of it', async () => {
        const subject = fresh();
        await decide(await begin(await receive(subject)), 'fail-missing');
        const event = pushEvent(subject, { kind: 'delete', digest: null, tag: 'quarantined-0123456789ab' });
        const decision = { event, action: 'check', about: subject.digest, reason: null } as const;
        const [receipt] = await records.inbox.accept(ORIGIN, [decision], { now: at(60), ...inForce });
        expect(receipt?.judge?.sequence).toBe(2);
        const history = await records.query.readHistory(subject);
        expect(history?.subject.tags).toEqual(['v1']);
        expect(history?.events[0]?.event.kind).toBe('delete');
      });

      test('an image that inherited a failure is judged when it gets a tag of its own', async () => {
        const subject = fresh();
        const inherited = { verdict: verdictOf('fail-missing', { code: 'INHERITED' }) };
        await decide(await begin(await receive(subject)), 'fail-missing', inherited);
        expect(await records.inbox.findSubject(subject)).toMatchObject({ settledOutcome: null });
        expect((await accept(subject, 9))[0]?.judge).toBeUndefined();
        expect((await accept(subject, 9, inForce, 'v2'))[0]?.judge).toMatchObject({ sequence: 2 });
      });

      test('plans from the subject as it is when the verdict is committed, not as it was when the look began', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        const write = effects[0]?.id ?? '';
        await evidenceArrives(subject, at(9));
        const start = await begin((await records.inbox.findSubject(subject))?.id ?? '', 9);
        const seen: object[] = [];
        const look = (from: JudgementStart) =>
          records.judgements.decide(from, {
            verdict: verdictOf('pass'),
            findings: storableJson([]),
            ...inForce,
            now: at(10),
            final: true,
            nextCheckAt: null,
            children: [],
            effects: ({ mark, quarantineUnderWay }) => {
              seen.push({ mark, quarantineUnderWay });
              return [];
            },
          });
        await records.outbox.begin(write, at(9));
        await look(start);
        const mark = { mark: 'quarantined', tag: 'quarantined-0123456789ab', releasedArtifact: null } as const;
        await records.outbox.finish(write, { now: at(11), result: 'tagged', mark });
        await evidenceArrives(subject, at(12));
        await look(await begin(start.subject.id, 12));
        expect(seen).toEqual([
          { mark: 'none', quarantineUnderWay: true },
          { mark: 'quarantined', quarantineUnderWay: false },
        ]);
      });
    });

    describe('sweeping', () => {
      test('finds a request whose job was lost, with a fresh sequence, and not again at once', async () => {
        const id = await receive(fresh(), 5000);
        expect(await due(5059)).not.toContain(id);
        const found = await records.due.findDue({ now: at(5060), ...inForce, registryIds }, 1000);
        expect(found).toContainEqual(expect.objectContaining({ subjectId: id, sequence: 2 }));
        expect(await due(5061)).not.toContain(id);
      });

      test('finds a waiting subject when its time has come', async () => {
        const id = await receive(fresh(), 6000);
        const waiting = { final: false, nextCheckAt: at(6020), now: at(6001) };
        await decide(await begin(id, 6000), 'fail-missing', waiting);
        expect(await due(6019)).not.toContain(id);
        expect(await due(6020)).toContain(id);
        expect(await due(6020)).not.toContain(id);
      });

      test('a delayed job that comes in time needs no sweeper', async () => {
        const id = await receive(fresh(), 6500);
        const waiting = { final: false, nextCheckAt: at(6520), now: at(6501) };
        await decide(await begin(id, 6500), 'fail-missing', waiting);
        expect(await records.judgements.begin(id, { now: at(6519) })).toBeNull();
        expect(await records.judgements.begin(id, { now: at(6520) })).toMatchObject({ sequence: 2 });
      });

      test('finds what was judged under another policy or trust, oldest first, bounded by the limit', async () => {
        const judged: string[] = [];
        for (const seconds of [7001, 7000]) {
          const id = await receive(fresh(), 6999);
          const context = { policyRevision: 'old', trustEpoch: 1, now: at(seconds) };
          await decide(await begin(id, 6999), 'pass', context);
          judged.unshift(id);
        }
        await due(7002, { policyRevision: 'old', trustEpoch: 1 });
        const first = await due(7002, { policyRevision: 'p1', trustEpoch: 1 }, 1);
        expect(first).toEqual([judged[0]]);
        expect(await due(7003, { policyRevision: 'p1', trustEpoch: 1 })).toEqual([judged[1]]);
      });

      test('D4: finds what was written while the clock was ahead, and counts its grace anew', async () => {
        const ahead = 400 * 86_400;
        const [lost, waiting] = [await receive(fresh(), 9000 + ahead), await receive(fresh(), 9000 + ahead)];
        const patient = { final: false, nextCheckAt: at(9015 + ahead), now: at(9001 + ahead) };
        await decide(await begin(waiting, 9000 + ahead), 'fail-missing', patient);
        const found = await due(9100);
        expect(found).toContain(lost);
        expect(found).toContain(waiting);
        expect((await begin(lost, 9101)).graceFrom).toEqual(at(9101));
        const start = await begin(waiting, 9101);
        expect(start.graceFrom).toEqual(at(9101));
        await decide(start, 'fail-missing', { final: false, nextCheckAt: at(9116), now: at(9101) });
        expect((await begin(waiting, 9116)).graceFrom).toEqual(at(9101));
      });

      test('Q3: an announcement before the push uses up nothing of its grace', async () => {
        const subject = fresh();
        const id = await receive(subject, 20_000);
        await records.judgements.conclude(await begin(id, 20_001), { state: 'gone', now: at(20_002) });
        await accept(subject, 20_300);
        expect((await begin(id, 20_301)).graceFrom).toEqual(at(20_300));
      });

      test('what is gone is not due under other policies, and is again once it is back and judged', async () => {
        const subject = fresh();
        const id = await receive(subject, 21_500);
        const isDueUnder = async (policyRevision: string, seconds: number) =>
          (await records.due.findDue({ ...inForce, policyRevision, now: at(seconds), registryIds }, 1_000)).some(
            ({ subjectId }) => subjectId === id,
          );
        await decide(await begin(id, 21_500), 'pass', { now: at(21_501) });
        await evidenceArrives(subject, at(21_510));
        await records.judgements.conclude(await begin(id, 21_511), { state: 'gone', now: at(21_512) });
        expect(await isDueUnder('p-while-gone', 21_513)).toBe(false);
        await accept(subject, 21_520);
        await decide(await begin(id, 21_521), 'pass', { now: at(21_522) });
        expect(await isDueUnder('p-once-back', 21_523)).toBe(true);
      });

      test('Q3: what failed, and is gone and back, gets no new grace', async () => {
        const subject = fresh();
        const id = await receive(subject, 21_000);
        await decide(await begin(id, 21_000), 'fail-missing', { now: at(21_001) });
        await evidenceArrives(subject, at(21_010));
        await records.judgements.conclude(await begin(id, 21_011), { state: 'gone', now: at(21_012) });
        await accept(subject, 21_300);
        expect((await begin(id, 21_301)).graceFrom).toEqual(at(21_000));
      });

      test('D4: counts the grace anew where nobody can have looked, and from the first event where somebody did', async () => {
        const [patient, late, unseen] = [await receive(fresh()), await receive(fresh()), await receive(fresh())];
        for (const id of [patient, late]) {
          const waiting = { final: false, nextCheckAt: at(60), now: at(2) };
          await decide(await begin(id), 'fail-missing', waiting);
        }
        expect((await begin(patient, 100)).graceFrom).toEqual(at(0));
        expect((await begin(late, 3600)).graceFrom).toEqual(at(3600));
        expect((await begin(unseen, 3600)).graceFrom).toEqual(at(3600));
      });

      test('P2: counts the grace anew a few times only: whoever keeps us busy must not have one without end', async () => {
        const hour = (n: number): number => 1_000_000 + n * 3600;
        const id = await receive(fresh(), hour(0));
        const starts: Date[] = [];
        for (let n = 1; n <= 5; n++) {
          const start = await begin(id, hour(n));
          starts.push(start.graceFrom);
          await decide(start, 'fail-missing', { final: false, nextCheckAt: at(hour(n) + 15), now: at(hour(n)) });
        }
        expect(starts).toEqual([1, 2, 3, 3, 3].map((n) => at(hour(n))));
      });

      test('finds what was set aside when its registry is configured again, and events of registries that are', async () => {
        const subject = fresh();
        const id = await receive(subject, 7500);
        const start = await begin(id, 7500);
        await records.judgements.conclude(start, { state: 'parked', now: at(7501) });
        const event = { event: pushEvent(subject, { digest: null }), action: 'resolve', reason: null } as const;
        const [receipt] = await records.inbox.accept(ORIGIN, [event], { now: at(7500), ...inForce });
        const without = { now: at(7600), ...inForce, registryIds: ['other'] };
        expect((await records.due.findDue(without, 1000)).map((each) => each.subjectId)).not.toContain(id);
        const events = { before: at(7590), now: at(7600) };
        expect(await records.due.findUnresolvedEvents({ ...events, registryIds: ['other'] }, 1000)).toEqual([]);
        expect(await records.due.findUnresolvedEvents({ ...events, registryIds }, 1000)).toContainEqual(
          expect.objectContaining({ eventId: receipt?.eventId }),
        );
        expect(await due(7600)).toContain(id);
        expect(await records.judgements.begin(id, { now: at(7601) })).toMatchObject({ subject: { state: 'pending' } });
      });

      const many = (repository: string): readonly Subject[] =>
        Array.from({ length: 5 }, () => ({ ...fresh(), repository }));
      const inTurn = (found: readonly string[], busy: readonly string[], quiet: string) => {
        const [first, second] = busy.map((id) => found.indexOf(id)).sort((a, b) => a - b);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(found.indexOf(quiet)).toBeGreaterThanOrEqual(0);
        expect(found.indexOf(quiet)).toBeLessThan(second ?? 0);
      };

      test('P6: what was left on record is due at once under its own number, repositories in turn', async () => {
        const busy: string[] = [];
        for (const subject of many('acme/busy')) busy.push(await receive(subject, 60_000));
        const quiet = await receive({ ...fresh(), repository: 'acme/quiet' }, 60_001);
        expect(await due(60_002)).not.toContain(quiet);
        const context = { now: at(60_002), ...inForce, registryIds, isBehind: true };
        const found = await records.due.findDue(context, 1_000);
        inTurn(
          found.map(({ subjectId }) => subjectId),
          busy,
          quiet,
        );
        const lane = { registry: 'prod', repository: 'acme/quiet' };
        expect(found).toContainEqual({ subjectId: quiet, sequence: 1, lane });
        expect(await records.due.findEnded('judge-subject', [quiet], at(0))).toEqual([]);
        await decide(await begin(quiet, 60_003), 'pass', { now: at(60_003) });
        expect(await records.due.findEnded('judge-subject', [quiet, ...busy], at(0))).toEqual([quiet]);
        for (const id of busy) await decide(await begin(id, 60_003), 'pass', { now: at(60_003) });
      });

      test('P6: what is in the queue for longer than a lost job is not lost', async () => {
        const id = await receive(fresh(), 61_000);
        const context = { now: at(61_100), ...inForce, registryIds };
        const isLost = async (more: object) =>
          (await records.due.findDue({ ...context, ...more }, 1_000)).some(
            ({ subjectId, sequence }) => subjectId === id && sequence > 1,
          );
        expect(await isLost({ inFlight: [id] })).toBe(false);
        expect(await isLost({ isBehind: true })).toBe(false);
        expect(await isLost({})).toBe(true);
        await decide(await begin(id, 61_101), 'pass', { now: at(61_101) });
      });

      test('P6: looks whose time has come are found repositories in turn', async () => {
        const wait = async (subject: Subject, seconds: number) => {
          const id = await receive(subject, seconds);
          const later = { now: at(seconds), final: false, nextCheckAt: at(seconds + 15) };
          await decide(await begin(id, seconds), 'fail-missing', later);
          return id;
        };
        const busy: string[] = [];
        for (const subject of many('acme/busy-waiting')) busy.push(await wait(subject, 62_000));
        const quiet = await wait({ ...fresh(), repository: 'acme/quiet-waiting' }, 62_001);
        inTurn(await due(62_020), busy, quiet);
        for (const id of [...busy, quiet]) await decide(await begin(id, 62_021), 'pass', { now: at(62_021) });
      });

      test('P6: what was not there is looked for behind what was, however many repositories somebody invents', async () => {
        const invented: string[] = [];
        for (let n = 0; n < 10; n++) {
          const id = await receive({ ...fresh(), repository: `acme/invented-${n}` }, 62_100);
          const start = await begin(id, 62_101);
          await records.judgements.conclude(start, { state: 'gone', now: at(62_101), lookAgainAt: at(62_115) });
          invented.push(id);
        }
        const id = await receive({ ...fresh(), repository: 'acme/honest' }, 62_102);
        const later = { now: at(62_102), final: false, nextCheckAt: at(62_117) };
        await decide(await begin(id, 62_102), 'fail-missing', later);
        const found = await due(62_120, inForce, 3);
        expect(found.filter((each) => invented.includes(each))).toHaveLength(3);
        expect(found.filter((each) => each === id || invented.includes(each))[0]).toBe(id);
        for (const each of [id, ...invented]) await decide(await begin(each, 62_121), 'pass', { now: at(62_121) });
      });

      test('P6: events without a digest are found repositories in turn, and those left on record at once', async () => {
        const announce = async (repository: string, seconds: number) => {
          const event = {
            event: pushEvent({ ...fresh(), repository }, { digest: null }),
            action: 'resolve',
            reason: null,
          } as const;
          const [receipt] = await records.inbox.accept(ORIGIN, [event], { now: at(seconds), ...inForce });
          expect(receipt?.lane).toEqual({ registry: 'prod', repository });
          return receipt?.eventId ?? '';
        };
        await records.due.findUnresolvedEvents({ before: at(63_000), now: at(63_000), registryIds }, 1000);
        const busy: string[] = [];
        for (let n = 0; n < 5; n++) busy.push(await announce('acme/busy', 63_000 + n));
        const quiet = await announce('acme/quiet', 63_010);
        const find = async (isBehind: boolean, limit: number) => {
          const context = { before: at(63_000), now: at(63_011), registryIds, isBehind };
          return (await records.due.findUnresolvedEvents(context, limit)).map(({ eventId }) => eventId);
        };
        expect(await find(false, 2)).toEqual([]);
        expect((await find(true, 2)).toSorted()).toEqual([busy[0], quiet].toSorted());
      });

      test('P6: effects are found repositories in turn', async () => {
        const busy: string[] = [];
        const plan = async (subject: Subject) => {
          const start = await begin(await receive(subject, 64_000), 64_000);
          const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(64_000) });
          return decided?.effects[0]?.id ?? '';
        };
        for (const subject of many('acme/busy-failing')) busy.push(await plan(subject));
        const quiet = await plan({ ...fresh(), repository: 'acme/quiet-failing' });
        const found = await records.outbox.findDue(at(64_001), 1_000);
        inTurn(
          found.map(({ id }) => id),
          busy,
          quiet,
        );
        expect(found.find(({ id }) => id === quiet)?.lane).toEqual({
          registry: 'prod',
          repository: 'acme/quiet-failing',
        });
        for (const id of [...busy, quiet]) await records.outbox.supersede(id, 'the test is over', at(64_002));
      });

      test('events that never resolve do not stand before those that come later', async () => {
        const announce = async (seconds: number) => {
          const event = { event: pushEvent(fresh(), { digest: null }), action: 'resolve', reason: null } as const;
          const [receipt] = await records.inbox.accept(ORIGIN, [event], { now: at(seconds), ...inForce });
          return receipt?.eventId ?? '';
        };
        // All of the events before have been tried by now.
        await records.due.findUnresolvedEvents({ before: at(99_000), now: at(99_000), registryIds }, 1000);
        const stuck = [await announce(50_000), await announce(50_001)];
        const find = async (seconds: number) => {
          const context = { before: at(seconds - 15), now: at(seconds), registryIds };
          return (await records.due.findUnresolvedEvents(context, 6)).map(({ eventId }) => eventId);
        };
        // Others of other repositories have their turns as well.
        expect(await find(50_100)).toEqual(expect.arrayContaining(stuck));
        const fine = await announce(50_110);
        expect([...(await find(50_126)), ...(await find(50_142))]).toContain(fine);
      });

      test('two daemons that number their trust on their own do not judge each other for ever', async () => {
        const id = await receive(fresh(), 7700);
        await decide(await begin(id, 7700), 'pass', { trustEpoch: 5, now: at(7701) });
        expect(await due(7702, { policyRevision: 'p1', trustEpoch: 4 })).not.toContain(id);
        expect(await due(7703, { policyRevision: 'p1', trustEpoch: 6 })).toContain(id);
      });

      test('sweepers at once share the work, also where one looks before another has taken an image', async () => {
        const waiting = Array.from({ length: 300 }, () => judgeDecision(fresh()));
        await records.inbox.accept(ORIGIN, waiting, { now: at(8000), ...inForce });
        // One of many a round: looking takes longer than taking, so that the one falls into the other now and then.
        const sweep = async (): Promise<string[]> => {
          const found = await due(8100, inForce, 1);
          return found.length === 0 ? [] : [...found, ...(await sweep())];
        };
        const found = (await Promise.all(Array.from({ length: 8 }, sweep))).flat();
        expect(found.length).toBeGreaterThanOrEqual(300);
        expect(found).toEqual([...new Set(found)]);
      });
    });

    describe('outbox', () => {
      test('a notice waits for the registry write of its verdict and then knows what was done', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [noticeTo('slack', subject), noticeTo('mail', subject), quarantine]);
        expect(effects.map((each) => each.kind)).toEqual(['quarantine']);
        const write = effects[0]?.id ?? '';
        const begun = await records.outbox.begin(write, at(3));
        expect(begun).toMatchObject({ attempts: 1, manual: false, replyUnknown: false });
        const mark = { mark: 'quarantined', tag: 'quarantined-0123456789ab', releasedArtifact: null } as const;
        const ready = await records.outbox.finish(write, { now: at(4), result: 'tagged', mark });
        expect(ready.map((each) => each.kind)).toEqual(['notice', 'notice']);
        expect(await records.outbox.finish(write, { now: at(4), result: 'tagged', mark })).toEqual([]);
        const notice = await records.outbox.begin(ready[0]?.id ?? '', at(5));
        expect(notice).toMatchObject({
          kind: 'notice',
          announcement: { digest: subject.digest },
          registryEffect: { kind: 'quarantine', state: 'done', result: 'tagged' },
          subject: { mark: 'quarantined', markTag: 'quarantined-0123456789ab' },
        });
      });

      test('says of effects that others were to make which need no job any more', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        const ids = effects.map(({ id }) => id);
        const ended = (seconds: number) =>
          records.due.findEnded('apply-quarantine', [...ids, 'no id of ours'], at(seconds));
        expect(await ended(3)).toEqual([]);
        await records.outbox.begin(ids[0] ?? '', at(3));
        expect(await ended(4)).toEqual([]);
        await records.outbox.fail(ids[0] ?? '', { now: at(4), error: 'down', retryAt: at(9000), replyUnknown: false });
        expect(await ended(5)).toEqual(ids);
        expect(await ended(9001)).toEqual([]);
      });

      test('a notice waits two minutes at most', async () => {
        const subject = fresh();
        await fail(subject, [quarantine, noticeTo('slack', subject)]);
        const notice = (await records.query.readHistory(subject))?.effects.find((each) => each.kind === 'notice');
        expect(await records.outbox.begin(notice?.id ?? '', at(121))).toBeNull();
        expect((await records.outbox.findDue(at(122), 1000)).map((each) => each.id)).toContain(notice?.id);
        expect(await records.outbox.begin(notice?.id ?? '', at(122))).toMatchObject({
          registryEffect: { state: 'pending' },
        });
      });

      test.each([
        { held: false, retryAt: null },
        { held: true, retryAt: at(300) },
      ])('a write given up (%o) lets its notices go', async ({ held, retryAt }) => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine, noticeTo('slack', subject)]);
        const write = effects[0]?.id ?? '';
        await records.outbox.begin(write, at(3));
        const ready = await records.outbox.fail(write, { now: at(4), error: 'DENIED', retryAt, held });
        expect(ready.map((each) => each.kind)).toEqual(['notice']);
        expect(await records.outbox.begin(write, at(5))).toBeNull();
        const later = await records.outbox.begin(write, at(301));
        expect(later !== null).toBe(held);
      });

      test('a failed try comes back when its time has come, with its attempts', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        const id = effects[0]?.id ?? '';
        await records.outbox.begin(id, at(3));
        await records.outbox.fail(id, { now: at(4), error: 'down', retryAt: at(9000), replyUnknown: true });
        const isDue = async (seconds: number) =>
          (await records.outbox.findDue(at(seconds), 1000)).find((each) => each.id === id);
        expect(await isDue(8999)).toBeUndefined();
        expect(await isDue(9000)).toMatchObject({ id, kind: 'quarantine', attempts: 1 });
        expect(await records.outbox.begin(id, at(9000))).toMatchObject({ attempts: 2, replyUnknown: true });
      });

      test('one of two workers makes an effect; after a crash it is made again, as one whose reply is unknown', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [noticeTo('slack', subject)]);
        const id = effects[0]?.id ?? '';
        const both = await Promise.all([records.outbox.begin(id, at(3)), records.outbox.begin(id, at(3))]);
        expect(both.filter((each) => each !== null)).toHaveLength(1);
        expect(await records.outbox.begin(id, at(47))).toBeNull();
        expect((await records.outbox.findDue(at(48), 1000)).map((each) => each.id)).toContain(id);
        expect(await records.outbox.begin(id, at(48))).toMatchObject({ attempts: 2, replyUnknown: true });
        await records.outbox.finish(id, { now: at(49), result: 'sent' });
        expect(await records.outbox.begin(id, at(500))).toBeNull();
      });

      test('the same verdict again plans no effect twice', async () => {
        const subject = fresh();
        await fail(subject, [quarantine, noticeTo('slack', subject)]);
        await evidenceArrives(subject, at(9));
        const start = await begin((await records.inbox.findSubject(subject))?.id ?? '');
        const again = await decide(start, 'fail-missing', { effects: [quarantine, noticeTo('slack', subject)] });
        expect(again?.effects).toEqual([]);
        expect((await records.query.readHistory(subject))?.effects).toHaveLength(2);
      });

      test('a pass takes back a quarantine that has not begun', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine, noticeTo('slack', subject)]);
        await evidenceArrives(subject, at(9));
        const start = await begin((await records.inbox.findSubject(subject))?.id ?? '');
        const decided = await decide(start, 'pass');
        expect(decided?.effects.map((each) => each.kind)).toEqual(['notice']);
        expect(await records.outbox.begin(effects[0]?.id ?? '', at(10))).toBeNull();
        const history = await records.query.readHistory(subject);
        expect(history?.effects.find((each) => each.kind === 'quarantine')?.state).toBe('superseded');
      });

      test('an overtaken effect is not made', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine, noticeTo('slack', subject)]);
        const id = effects[0]?.id ?? '';
        await records.outbox.begin(id, at(3));
        expect(await records.outbox.supersede(id, 'overtaken', at(4))).toHaveLength(1);
        expect(await records.outbox.begin(id, at(100))).toBeNull();
        expect(await records.outbox.finish(id, { now: at(5), result: 'tagged' })).toEqual([]);
      });

      test('L9: a quarantine that begins knows what the last hour saw, those begun with it too', async () => {
        const hour = 20_000;
        const writes = await Promise.all(
          Array.from({ length: 4 }, async () => {
            const start = await begin(await receive(fresh(), hour), hour);
            const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(hour + 1) });
            return decided?.effects[0]?.id ?? '';
          }),
        );
        const begun = await Promise.all(writes.map((id) => records.outbox.begin(id, at(hour + 2))));
        expect(begun.map((each) => hourOf(each)?.quarantines).toSorted()).toEqual([0, 1, 2, 3]);
        expect(hourOf(begun[0])).toMatchObject({ judged: 4, writesOfSubject: 0 });
        for (const id of writes) await records.outbox.finish(id, { now: at(hour + 3), result: 'tagged' });
        const more = async (seconds: number) => {
          const start = await begin(await receive(fresh(), seconds), seconds);
          const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(seconds) });
          return records.outbox.begin(decided?.effects[0]?.id ?? '', at(seconds));
        };
        expect(hourOf(await more(hour + 10))?.quarantines).toBe(4);
        expect(hourOf(await more(hour + 3700))?.quarantines).toBe(0);
      });

      test('L9: what was rehearsed counts for what is rehearsed, and holds back nothing that is written', async () => {
        const hour = 30_000;
        const next = async (seconds: number, rehearsing: readonly string[]) => {
          const start = await begin(await receive(fresh(), seconds), seconds);
          const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(seconds) });
          const id = decided?.effects[0]?.id ?? '';
          return { id, hour: hourOf(await records.outbox.begin(id, at(seconds), { rehearsing })) };
        };
        const first = await next(hour, ['prod']);
        await records.outbox.finish(first.id, { now: at(hour), result: 'rehearsed', rehearsedMark: 'quarantined-1' });
        expect((await next(hour + 1, ['prod'])).hour).toMatchObject({ quarantines: 1, repository: { quarantines: 1 } });
        expect((await next(hour + 2, ['other'])).hour).toMatchObject({ quarantines: 1 });
        expect((await next(hour + 3, [])).hour).toMatchObject({ quarantines: 2, repository: { quarantines: 2 } });
      });

      const heldIn = async (repository: string, seconds: number) => {
        const start = await begin(
          await receive(subjectNamed(`${name} held ${++serial}`, repository), seconds),
          seconds,
        );
        const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(seconds) });
        const id = decided?.effects[0]?.id ?? '';
        const begun = await records.outbox.begin(id, at(seconds));
        const hold = { error: 'limit', held: true, limitedBy: 'all', attempt: 1 } as const;
        await records.outbox.fail(id, { ...hold, now: at(seconds), retryAt: at(seconds + 60) });
        return { id, begun };
      };

      test('P5, L9: of what a limit holds back only the first of each repository is due, and the next when it has ended', async () => {
        const [one, other] = [`acme/held-${++serial}`, `acme/held-${++serial}`];
        const hour = 100_000;
        const first = await heldIn(one, hour);
        const second = await heldIn(one, hour + 1);
        const third = await heldIn(one, hour + 2);
        const elsewhere = await heldIn(other, hour + 3);
        expect([first, second, elsewhere].map(({ begun }) => hourOf(begun)?.behind)).toEqual([null, 'all', null]);
        expect(hourOf(elsewhere.begun)).toMatchObject({ ahead: 1, registry: { ahead: 1 } });
        const held = [first, second, third, elsewhere].map(({ id }) => id);
        const dueAt = async (seconds: number) => {
          const found = new Set((await records.outbox.findDue(at(seconds), 10_000)).map(({ id }) => id));
          return held.filter((id) => found.has(id));
        };
        expect(await dueAt(hour + 70)).toEqual([first.id, elsewhere.id]);
        expect(await records.outbox.begin(second.id, at(hour + 70))).toBeNull();
        const begun = await records.outbox.begin(first.id, at(hour + 70));
        expect(hourOf(begun)).toMatchObject({ behind: null, ahead: 0 });
        const ready = await records.outbox.finish(first.id, { now: at(hour + 71), result: 'tagged' });
        expect(ready.map(({ id }) => id)).toEqual([second.id]);
        // The repository was served: the other one, which came later, is before it now.
        expect(hourOf(await records.outbox.begin(second.id, at(hour + 72)))).toMatchObject({
          ahead: 1,
          behind: null,
          repository: { quarantines: 1 },
          fullest: [{ registryId: 'prod', repository: one, quarantines: 1 }],
        });
        await records.outbox.supersede(second.id, 'passes', at(hour + 73));
        expect(await dueAt(hour + 73)).toEqual([third.id, elsewhere.id]);
      });

      test('P9: of more than ten notices about one repository that wait, one tells of all, and they end as it ends', async () => {
        const repository = `acme/flood-${++serial}`;
        const ids: string[] = [];
        for (let n = 0; n < 12; n++) {
          const subject = subjectNamed(`${name} flood ${++serial}`, repository);
          const { effects } = await fail(subject, [noticeTo('slack', subject)]);
          ids.push(effects[0]?.id ?? '');
        }
        const other = subjectNamed(`${name} flood ${++serial}`, `${repository}-other`);
        const { effects } = await fail(other, [noticeTo('slack', other)]);
        expect(await records.outbox.begin(effects[0]?.id ?? '', at(3))).toMatchObject({ together: null });
        for (const id of ids) expect(await records.outbox.begin(id, at(3))).toBeNull();
        const dueAt = async (seconds: number) => {
          const found = new Set((await records.outbox.findDue(at(seconds), 10_000)).map(({ id }) => id));
          return ids.filter((id) => found.has(id));
        };
        expect(await dueAt(22)).toEqual([]);
        expect(await dueAt(23)).toEqual(ids);
        // Whoever comes first takes all others along, however many come at once.
        const begun = await Promise.all(ids.map((id) => records.outbox.begin(id, at(23))));
        const [first, ...more] = begun.filter((each) => each !== null);
        expect(more).toEqual([]);
        expect(first).toMatchObject({ together: { notices: 12, counts: { failed: 12 } } });
        const failure = { now: at(24), error: 'down', retryAt: at(30), attempt: 1, replyUnknown: true };
        await records.outbox.fail(first?.id ?? '', failure);
        expect(await dueAt(30)).toEqual([first?.id]);
        const again = await records.outbox.begin(first?.id ?? '', at(30));
        expect(again).toMatchObject({ replyUnknown: true, together: { notices: 12 } });
        await records.outbox.finish(first?.id ?? '', { now: at(31), result: 'sent', attempt: 2 });
        expect(await dueAt(1_000)).toEqual([]);
        const history = await records.query.readHistory(subjectNamed(`${name} flood ${serial - 1}`, repository));
        expect(history?.effects).toMatchObject([{ kind: 'notice', state: 'done', result: 'sent' }]);
      });

      /** A failing image whose quarantine has begun, and a pass since, with its release. */
      const overtake = async (subject: Subject) => {
        const { effects } = await fail(subject, [quarantine, noticeTo('slack', subject)]);
        const write = effects[0]?.id ?? '';
        await records.outbox.begin(write, at(3));
        await evidenceArrives(subject, at(4));
        const start = await begin((await records.inbox.findSubject(subject))?.id ?? '', 4);
        const passed = await decide(start, 'pass', { effects: [release, noticeTo('slack', subject)], now: at(5) });
        return { write, undo: passed?.effects.find((each) => each.kind === 'release')?.id ?? '' };
      };
      const release: PlannedEffect = { kind: 'release', tag: 'quarantined-0123456789ab' };
      const marked = { mark: 'quarantined', tag: 'quarantined-0123456789ab', releasedArtifact: null } as const;

      test('I2: writes to one image are made one after the other, in whatever order they are begun', async () => {
        const { write, undo } = await overtake(fresh());
        expect(await records.outbox.begin(undo, at(6))).toBeNull();
        const ready = await records.outbox.finish(write, { now: at(7), result: 'tagged', mark: marked });
        expect(ready.map((each) => each.id)).toContain(undo);
        expect(await records.outbox.begin(undo, at(8))).toMatchObject({ subject: { mark: 'quarantined' } });
      });

      test('a write whose process died holds up the next one for as long as it may still be made', async () => {
        const { undo } = await overtake(fresh());
        expect(await records.outbox.begin(undo, at(47))).toBeNull();
        expect(await records.outbox.begin(undo, at(48))).toMatchObject({ kind: 'release' });
      });

      test('I2: a quarantine that lands after it was lent to another is put on record, and the image judged again', async () => {
        const subject = fresh();
        const { write, undo } = await overtake(subject);
        await records.outbox.begin(undo, at(50));
        const absent = { mark: 'released', tag: null, releasedArtifact: null } as const;
        await records.outbox.finish(undo, { now: at(51), result: 'tag-absent', mark: absent, attempt: 1 });
        expect(await records.outbox.begin(write, at(52))).toMatchObject({ attempts: 2 });
        await records.outbox.supersede(write, 'overtaken', at(53));
        expect(await records.outbox.finish(write, { now: at(54), result: 'tagged', mark: marked, attempt: 1 })).toEqual(
          [],
        );
        const found = await records.inbox.findSubject(subject);
        expect(found).toMatchObject({ mark: 'quarantined' });
        const start = await begin(found?.id ?? '', 55);
        const decided = await decide(start, 'pass', { effects: [release], now: at(56) });
        expect(decided?.effects.map((each) => each.kind)).toEqual(['release']);
      });

      test('whoever comes after the effect was lent to another changes nothing of theirs', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [noticeTo('slack', subject)]);
        const id = effects[0]?.id ?? '';
        const first = await records.outbox.begin(id, at(3));
        await records.outbox.begin(id, at(60));
        const failure = { now: at(61), error: 'down', retryAt: at(62), attempt: first?.attempts ?? 0 };
        await records.outbox.fail(id, failure);
        expect(await records.outbox.begin(id, at(63))).toBeNull();
      });

      test('notices about one image reach a sink in the order of the verdicts', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [noticeTo('slack', subject)]);
        const bad = effects[0]?.id ?? '';
        await records.outbox.begin(bad, at(3));
        await records.outbox.fail(bad, { now: at(4), error: 'down', retryAt: at(600) });
        await evidenceArrives(subject, at(5));
        const start = await begin((await records.inbox.findSubject(subject))?.id ?? '', 5);
        const resolved = [noticeTo('slack', subject), noticeTo('mail', subject)];
        const passed = await decide(start, 'pass', { effects: resolved, now: at(6) });
        const [good, elsewhere] = passed?.effects.map((each) => each.id) ?? [];
        expect(await records.outbox.begin(good ?? '', at(7))).toBeNull();
        expect(await records.outbox.begin(elsewhere ?? '', at(7))).not.toBeNull();
        // It is not looked at again and again meanwhile.
        expect((await records.outbox.findDue(at(599), 1000)).map((each) => each.id)).not.toContain(good);
        await records.outbox.begin(bad, at(600));
        const ready = await records.outbox.finish(bad, { now: at(601), result: 'sent' });
        expect(ready.map((each) => each.id)).toEqual([good]);
        expect(await records.outbox.begin(good ?? '', at(602))).not.toBeNull();
      });

      test('a newer final verdict makes the write in the place of the older one, and its notices tell of that', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine, noticeTo('slack', subject)]);
        const id = (await records.inbox.findSubject(subject))?.id ?? '';
        await evidenceArrives(subject, at(5));
        await decide(await begin(id, 5), 'indeterminate', { final: false, nextCheckAt: at(10) });
        expect((await records.query.readHistory(subject))?.effects.map((each) => each.state)).not.toContain(
          'superseded',
        );
        const decided = await decide(await begin(id, 10), 'fail-missing', {
          effects: [quarantine],
          policyRevision: 'p2',
          now: at(11),
        });
        expect(decided?.effects.map((each) => each.kind)).toEqual(['quarantine']);
        expect(await records.outbox.begin(effects[0]?.id ?? '', at(12))).toBeNull();
        const write = decided?.effects[0]?.id ?? '';
        await records.outbox.begin(write, at(12));
        const ready = await records.outbox.finish(write, { now: at(13), result: 'tagged', mark: marked });
        expect(await records.outbox.begin(ready[0]?.id ?? '', at(14))).toMatchObject({
          kind: 'notice',
          registryEffect: { state: 'done', result: 'tagged' },
        });
      });

      test('a write that has ended is planned again by the same verdict where the plan asks for it', async () => {
        const subject = fresh();
        const { effects } = await fail(subject, [quarantine]);
        const id = (await records.inbox.findSubject(subject))?.id ?? '';
        await records.outbox.begin(effects[0]?.id ?? '', at(3));
        await records.outbox.fail(effects[0]?.id ?? '', { now: at(4), error: 'never', retryAt: null });
        await evidenceArrives(subject, at(5));
        const again = await decide(await begin(id, 5), 'fail-missing', { effects: [quarantine] });
        expect(again?.effects.map((each) => each.kind)).toEqual(['quarantine']);
      });

      test('P2: an image that is held up is told of, although others held up before it had the notice of the hour', async () => {
        const told = async (seconds: number, repository: string, since = seconds) => {
          const subject = { ...fresh(), repository };
          const start = await begin(await receive(subject, seconds), seconds);
          const held = { repository, since: at(since) };
          const notice = { ...noticeTo('slack', subject), trouble: 'registry denies', held } as PlannedEffect;
          const more = { effects: [notice], now: at(seconds), final: false, nextCheckAt: at(seconds + 5) };
          return (await decide(start, 'indeterminate', more))?.effects.length === 1;
        };
        expect(await told(60_000, 'acme/decoy')).toBe(true);
        expect(await told(60_001, 'acme/old', 59_999), 'named in that notice').toBe(false);
        expect(await told(60_002, 'acme/app'), 'another repository').toBe(true);
        expect(await told(60_003, 'acme/decoy'), 'the same repository').toBe(false);
        expect(await told(60_004, 'acme/third'), 'the third').toBe(true);
        expect(await told(60_005, 'acme/fourth'), 'more than are told at once').toBe(false);
        expect(await told(60_604, 'acme/decoy'), 'news after ten minutes').toBe(true);
        expect(await told(61_300, 'acme/old', 60_000), 'named long ago').toBe(false);
        expect(await told(64_204, 'acme/old', 60_000), 'after an hour').toBe(true);
      });

      test('P2: what could not be told is counted by cause, and the newest of each repository is named first', async () => {
        const [registryId, serialNow] = ['prod', ++serial];
        const [denied, failing] = [`DENIED_${serialNow}`, `ERROR_${serialNow}`];
        const isOwn = ({ code }: { readonly code: string }) => code === denied || code === failing;
        const hold = async (subject: Subject, seconds: number, untoldBy: string) => {
          const start = await begin(await receive(subject, seconds), seconds);
          const more = { final: false, nextCheckAt: at(seconds + 5), now: at(seconds), untoldBy };
          await decide(start, 'indeterminate', more);
          return start.subject.id;
        };
        const inRepository = (repository: string) => ({ ...fresh(), repository });
        const [decoy, newer, other] = [
          inRepository(`acme/a${serialNow}`),
          inRepository(`acme/a${serialNow}`),
          inRepository(`acme/b${serialNow}`),
        ];
        await hold(decoy, 70_000, denied);
        await hold(newer, 70_002, denied);
        const id = await hold(other, 70_001, failing);
        const own = async () => (await records.query.countUntold()).filter(isOwn);
        expect(await own()).toEqual([
          { registryId, code: denied, count: 2, since: at(70_000) },
          { registryId, code: failing, count: 1, since: at(70_001) },
        ]);
        const images = (await records.query.readUntold(500)).filter(isOwn);
        expect(images.map(({ digest }) => digest)).toEqual([newer, other, decoy].map(({ digest }) => digest));
        expect(images[1]).toMatchObject({ code: failing, since: at(70_001), nextCheckAt: at(70_006) });
        await decide(await begin(id, 70_006), 'pass', { now: at(70_006) });
        expect(await own()).toHaveLength(1);
      });

      test('I5: one trouble is announced once an hour, whichever images it meets', async () => {
        const announced = async (seconds: number, trouble: string) => {
          const subject = fresh();
          const start = await begin(await receive(subject, seconds), seconds);
          const notice = { ...noticeTo('slack', subject), trouble } as PlannedEffect;
          const more = { effects: [notice, { ...notice, sinkId: 'mail' } as PlannedEffect], now: at(seconds) };
          const decided = await decide(start, 'indeterminate', { final: false, nextCheckAt: at(seconds + 5), ...more });
          return decided?.effects.length;
        };
        const both = await Promise.all([announced(30_000, 'registry down'), announced(30_000, 'registry down')]);
        expect(both.toSorted()).toEqual([0, 2]);
        expect(await announced(30_001, 'another down')).toBe(2);
        expect(await announced(33_599, 'registry down')).toBe(0);
        expect(await announced(33_600, 'registry down')).toBe(2);
        // D4: a turn taken while the clock was ahead does not silence anybody until then.
        expect(await announced(33_600 + 400 * 86_400, 'registry down')).toBe(2);
        expect(await announced(33_700, 'registry down')).toBe(2);
      });

      test('D4: effects planned or begun while the clock was ahead are due at once', async () => {
        const ahead = 400 * 86_400;
        const [planned, begun] = [fresh(), fresh()];
        const ids: string[] = [];
        for (const subject of [planned, begun]) {
          const start = await begin(await receive(subject, ahead), ahead);
          const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(ahead) });
          ids.push(decided?.effects[0]?.id ?? '');
        }
        await records.outbox.begin(ids[1] ?? '', at(ahead));
        expect((await records.outbox.findDue(at(40_000), 1000)).map((each) => each.id)).toEqual(
          expect.arrayContaining(ids),
        );
        for (const id of ids) expect(await records.outbox.begin(id, at(40_000))).not.toBeNull();
      });

      test('thousands of notices that are due do not stand before a registry write', async () => {
        const subject = fresh();
        const sinks = Array.from({ length: 20 }, (_, n) => noticeTo(`sink ${n}`, subject));
        await fail(subject, sinks);
        const other = fresh();
        const start = await begin(await receive(other, 50_000), 50_000);
        const decided = await decide(start, 'fail-missing', { effects: [quarantine], now: at(50_000) });
        const write = decided?.effects[0]?.id ?? '';
        const drained = async () =>
          (await records.outbox.findDue(at(50_001), 100_000)).filter((e) => e.kind !== 'notice');
        const limit = (await drained()).length;
        expect((await records.outbox.findDue(at(50_001), limit)).map((each) => each.id)).toContain(write);
      });
    });

    describe('reading and acting by hand', () => {
      test('lists subjects newest first, page by page, each once', async () => {
        const repository = `acme/list-${++serial}`;
        const subjects = Array.from({ length: 5 }, (_, n) => subjectNamed(`${name} listed ${n}`, repository));
        for (const subject of subjects) await accept(subject, 100);
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await records.query.listSubjects({ repository, limit: 2, ...(cursor && { cursor }) });
          seen.push(...page.subjects.map((each) => each.digest));
          cursor = page.next ?? undefined;
        } while (cursor);
        expect(seen.toSorted()).toEqual(subjects.map((each) => each.digest as string).toSorted());
        await expect(records.query.listSubjects({ limit: 2, cursor: 'x' })).rejects.toMatchObject({
          code: 'USAGE_INVALID',
        });
      });

      test('filters by outcome, state, mark and registry', async () => {
        const repository = `acme/filter-${++serial}`;
        const failing = subjectNamed(`${name} failing`, repository);
        await fail(failing, []);
        await accept(subjectNamed(`${name} new`, repository), 0);
        const list = async (filter: object) =>
          (await records.query.listSubjects({ repository, limit: 10, ...filter })).subjects.map((each) => each.digest);
        expect(await list({ outcome: 'fail-missing' })).toEqual([failing.digest]);
        expect(await list({ state: 'final' })).toEqual([failing.digest]);
        expect(await list({ mark: 'quarantined' })).toEqual([]);
        expect(await list({ registryId: 'other' })).toEqual([]);
        expect(await list({})).toHaveLength(2);
      });

      test('tells everything about one subject', async () => {
        const subject = fresh();
        await fail(subject, [quarantine]);
        await accept(subject, 50);
        const history = await records.query.readHistory(subject);
        expect(history?.events).toHaveLength(2);
        expect(history?.events[0]).toMatchObject({ sourceId: 'hook', state: 'accepted', event: pushEvent(subject) });
        expect(history?.effects).toMatchObject([{ kind: 'quarantine', state: 'pending', createdAt: at(2) }]);
        expect(await records.query.readHistory(fresh())).toBeNull();
      });

      test('releases by hand what fails, as often as somebody asks', async () => {
        const subject = fresh();
        await fail(subject, [quarantine]);
        const context = {
          now: at(60),
          tag: 'quarantined-0123456789ab',
          by: 'alice',
          effects: [noticeTo('slack', subject)],
        };
        for (const kind of ['release', 'quarantine', 'release'] as const) {
          const effects = await records.manual.request(subject, kind, context);
          expect(effects.map((each) => each.kind)).toContain(kind);
          const own = effects.find((each) => each.kind === kind)?.id ?? '';
          expect(await records.outbox.begin(own, at(61))).toMatchObject({ kind, manual: true });
          expect(await records.outbox.finish(own, { now: at(62), result: 'done' })).toHaveLength(1);
        }
      });

      test('I2: a quarantine by hand that has not begun is taken back when the image passes', async () => {
        const subject = fresh();
        const id = await receive(subject);
        await decide(await begin(id), 'indeterminate', { final: false, nextCheckAt: at(10) });
        const context = { now: at(3), tag: 'quarantined-0123456789ab', by: 'alice', effects: [] };
        const [effect] = await records.manual.request(subject, 'quarantine', context);
        await decide(await begin(id, 10), 'pass');
        expect(await records.outbox.begin(effect?.id ?? '', at(11))).toBeNull();
      });

      test('another look by hand is found by the next round, whatever the image is and however often it was asked for', async () => {
        const passing = fresh();
        const crashing = fresh();
        await decide(await begin(await receive(passing)), 'pass');
        const crashed = verdictOf('rejected-input', { code: 'CRASHED_REPEATEDLY' });
        const id = await receive(crashing);
        await decide(await begin(id), 'rejected-input', { verdict: crashed });
        for (const subject of [passing, crashing]) {
          expect(await records.manual.recheck(subject, at(10))).toMatchObject({
            state: 'final',
            digest: subject.digest,
          });
          await records.manual.recheck(subject, at(11));
        }
        expect(await due(11)).toContain(id);
        expect(await due(12)).not.toContain(id);
        await decide(await begin(id, 12), 'rejected-input', { verdict: crashed });
        expect(await due(80)).not.toContain(id);
      });

      test('another look by hand at all that fails leaves out what passes, waits or crashes', async () => {
        const ids = new Map<string, string>();
        for (const [word, outcome, more] of [
          ['fails', 'fail-missing', { nextCheckAt: at(90_000) }],
          ['passes', 'pass', {}],
          ['waits', 'fail-missing', { final: false, nextCheckAt: at(90_000) }],
          ['open', 'indeterminate', { final: false, nextCheckAt: at(90_000) }],
          ['crashes', 'rejected-input', { verdict: verdictOf('rejected-input', { code: 'CRASHED_REPEATEDLY' }) }],
        ] as const) {
          const id = await receive(fresh());
          ids.set(word, id);
          await decide(await begin(id), outcome, more);
        }
        expect(await records.manual.recheckFailing(at(80_000))).toBeGreaterThanOrEqual(2);
        const found = new Set<string>();
        for (let more = await due(80_000); more.length > 0; more = await due(80_000)) {
          for (const id of more) found.add(id);
        }
        expect([...ids].filter(([, id]) => found.has(id)).map(([word]) => word)).toEqual(['fails', 'open']);
      });

      test('another look by hand at what is not on record as an image is refused: SUBJECT_UNKNOWN', async () => {
        const evidence = fresh('evidence');
        await records.judgements.conclude(await begin(await receive(evidence)), { state: 'evidence', now: at(2) });
        for (const subject of [fresh(), evidence]) {
          await expect(records.manual.recheck(subject, at(3))).rejects.toMatchObject({ code: 'SUBJECT_UNKNOWN' });
        }
      });

      test('refuses by hand what was never judged, and the quarantine of what passes', async () => {
        const context = { now: at(60), tag: 'quarantined-x', by: 'alice', effects: [] };
        await expect(records.manual.request(fresh(), 'release', context)).rejects.toMatchObject({
          code: 'SUBJECT_UNKNOWN',
        });
        const passing = fresh();
        await decide(await begin(await receive(passing)), 'pass');
        await expect(records.manual.request(passing, 'quarantine', context)).rejects.toMatchObject({
          code: 'VERDICT_NOT_FAILING',
        });
      });
    });
  });
}

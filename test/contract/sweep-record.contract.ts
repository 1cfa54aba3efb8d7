import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Subject } from '../../src/domain/subject.ts';
import { storableJson } from '../../src/kit/storable-json.ts';
import type { Found } from '../../src/ports/event-source.ts';
import type { MetRepository, Sweep } from '../../src/ports/sweep-record.ts';
import { digestNamed, judgeDecision, subjectNamed, verdictOf } from '../support/records/samples.ts';
import type { RecordsUnderTest } from './records.contract.ts';

const START = Date.parse('2026-11-24T08:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const inForce = { policyRevision: 'p1', trustEpoch: 1 };
const NOTHING = { repositories: 0, tags: 0, found: 0, faults: 0 };

/** What every record must remember of sweeps, and how it must treat what they find; run against the real database. */
export function describeSweepRecord(name: string, create: () => Promise<RecordsUnderTest>): void {
  describe(name, () => {
    let records: RecordsUnderTest;
    let serial = 0;
    beforeAll(async () => {
      records = await create();
    });
    afterAll(async () => {
      await records?.close();
    });

    const freshPlace = () => ({ sourceId: `sweep-${++serial}`, registryId: 'prod' });
    const take = (place: ReturnType<typeof freshPlace>, seconds: number, { owner = 'one', scope = 'all' } = {}) =>
      records.sweeps.take(place, { scope, owner, now: at(seconds) });
    const taken = async (...given: Parameters<typeof take>): Promise<Sweep> => {
      const sweep = await take(...given);
      if (sweep === null) throw new Error('expected the sweep to be free');
      return sweep;
    };
    const end = (sweep: Sweep, seconds: number, faults = 0) =>
      records.sweeps.end(sweep, { counts: { ...NOTHING, faults }, nextAt: at(seconds + 900), now: at(seconds) });
    const meet = async (sweep: Sweep, name: string): Promise<MetRepository> => {
      const [met] = await records.sweeps.meet(sweep, [name]);
      if (met === undefined) throw new Error('expected it to be met');
      return met;
    };
    const freshRepository = () => `acme/swept-${++serial}`;
    const receive = async (subject: Subject, found?: Found, seconds = 0, tag = 'v1') => {
      const origin = { sourceId: 'hook', registryId: 'prod', ...(found !== undefined && { found }) };
      const context = { now: at(seconds), ...inForce };
      const [receipt] = await records.inbox.accept(origin, [judgeDecision(subject, { tag })], context);
      return receipt;
    };
    const judge = async (subject: Subject, outcome: 'pass' | 'fail-missing', seconds = 1) => {
      const { id } = (await records.inbox.findSubject(subject)) ?? { id: '' };
      const start = await records.judgements.begin(id, { now: at(seconds), isFirst: true });
      if (start === null) throw new Error('expected something to judge');
      await records.judgements.decide(start, {
        verdict: verdictOf(outcome),
        findings: storableJson([]),
        ...inForce,
        now: at(seconds),
        final: true,
        nextCheckAt: null,
        effects: () => [],
        children: [],
      });
      return id;
    };
    const due = async (seconds: number) => {
      const context = { now: at(seconds), ...inForce, registryIds: ['prod'], isBehind: true };
      return (await records.due.findDue(context, 1000)).map(({ subjectId }) => subjectId);
    };
    const found = async (inFlight: readonly string[] = [], most = 1000) => {
      const { judgements, isMore } = await records.due.findFound({ inFlight, resting: [] }, most);
      return { ids: judgements.map(({ subjectId }) => subjectId), isMore };
    };

    test('the first sweep of a place is a baseline and begins with its first page', async () => {
      expect(await take(freshPlace(), 0)).toMatchObject({ number: 1, isBaseline: true, from: undefined, failures: 0 });
    });

    test('a sweep is one process’s; when that dies another goes on with it, and the first writes nothing more', async () => {
      const place = freshPlace();
      const first = await taken(place, 0);
      const repository = await meet(first, freshRepository());
      expect(await records.sweeps.turnPage(first, 'page-2', { counts: NOTHING, now: at(50) })).toBe(true);
      expect(await take(place, 100, { owner: 'two' })).toBeNull();
      const second = await taken(place, 111, { owner: 'two' });
      expect(second).toMatchObject({ number: 1, from: 'page-2', isBaseline: true });
      const tags = [{ tag: 'v1', digest: digestNamed('one') }];
      const writes = [
        records.sweeps.renew(first, at(112)),
        records.sweeps.keepTags(first, repository, tags, at(112)),
        records.sweeps.endRepository(first, repository, { isWhole: true, now: at(112) }),
        records.sweeps.turnPage(first, 'page-9', { counts: NOTHING, now: at(112) }),
        end(first, 112),
        records.sweeps.putOff(first, at(112), { isFailure: true }),
      ];
      expect(await Promise.all(writes)).toEqual([false, false, false, false, false, false]);
      expect(await records.sweeps.readTags(second, repository, ['v1'])).toEqual(new Map());
      expect(await take(place, 113, { owner: 'two' })).toMatchObject({ from: 'page-2' });
    });

    test('of many that reach for one at once, one has it', async () => {
      const place = freshPlace();
      const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
      const got = await Promise.all(owners.map((owner) => take(place, 0, { owner })));
      expect(got.filter((sweep) => sweep !== null)).toHaveLength(1);
    });

    test('what was let go of is free at once, from where it had come, when its time has come', async () => {
      const place = freshPlace();
      const sweep = await taken(place, 0);
      await records.sweeps.turnPage(sweep, 'page-2', { counts: NOTHING, now: at(1) });
      await records.sweeps.putOff(sweep, at(10), { isFailure: true });
      expect(await take(place, 9, { owner: 'two' })).toBeNull();
      expect(await take(place, 10, { owner: 'two' })).toMatchObject({ from: 'page-2', failures: 1, number: 1 });
    });

    test('the next sweep begins when it is due, anew and without a baseline', async () => {
      const place = freshPlace();
      const first = await taken(place, 0);
      await records.sweeps.turnPage(first, 'page-2', { counts: NOTHING, now: at(1) });
      await end(first, 100);
      expect(await take(place, 999)).toBeNull();
      expect(await take(place, 1000)).toMatchObject({ number: 2, isBaseline: false, from: undefined });
    });

    test('a sweep that left something out has come through, and is not whole', async () => {
      const place = freshPlace();
      await end(await taken(place, 0), 100);
      await end(await taken(place, 1000), 1100, 1);
      const status = (await records.sweeps.readStatus()).find(({ sourceId }) => sourceId === place.sourceId);
      expect(status).toMatchObject({ endedAt: at(1100), wholeAt: at(100), faults: 1, isUnderWay: false });
    });

    test('another scope is a baseline again, and so is each of its repositories', async () => {
      const place = freshPlace();
      const first = await taken(place, 0);
      const repository = await meet(first, freshRepository());
      await records.sweeps.endRepository(first, repository, { isWhole: true, now: at(1) });
      await end(first, 2);
      expect(await meet(first, repository.name)).toMatchObject({ isBaseline: false });
      const second = await taken(place, 3, { scope: 'other' });
      expect(second).toMatchObject({ number: 2, isBaseline: true });
      expect(await meet(second, repository.name)).toMatchObject({ isBaseline: true, isSwept: false });
    });

    test('a repository that came after the baseline is none; one the baseline had to leave out still is', async () => {
      const place = freshPlace();
      const first = await taken(place, 0);
      const leftOut = await meet(first, freshRepository());
      await end(first, 1, 1);
      const second = await taken(place, 1000);
      expect(await meet(second, leftOut.name)).toMatchObject({ isBaseline: true });
      expect(await meet(second, freshRepository())).toMatchObject({ isBaseline: false });
    });

    test('what a sweep has been through it does not go through again after a restart', async () => {
      const place = freshPlace();
      const sweep = await taken(place, 0);
      const repository = await meet(sweep, freshRepository());
      const tags = [{ tag: 'v1', digest: digestNamed('one') }];
      await records.sweeps.keepTags(sweep, repository, tags, at(1));
      const again = await taken(place, 2);
      expect((await records.sweeps.readTags(again, repository, ['v1', 'v2'])).get('v1')).toEqual({
        digest: digestNamed('one'),
        isSeen: true,
      });
      await records.sweeps.endRepository(again, repository, { isWhole: true, now: at(3) });
      expect(await meet(again, repository.name)).toMatchObject({ isSwept: true });
      await end(again, 4);
      const next = await taken(place, 1000);
      expect(await meet(next, repository.name)).toMatchObject({ isSwept: false });
      expect((await records.sweeps.readTags(next, repository, ['v1'])).get('v1')).toMatchObject({ isSeen: false });
    });

    const askFor = async (place: ReturnType<typeof freshPlace>, names: readonly string[], seconds = 0) => {
      const decisions = names.map((repository) => ({
        event: { ...judgeDecision(subjectNamed('x', repository)).event, digest: null, tag: null },
        action: 'look' as const,
        sweptBy: [place.sourceId],
        reason: 'it names no image',
      }));
      const context = { now: at(seconds), ...inForce };
      await records.inbox.accept({ sourceId: 'hook', registryId: place.registryId }, decisions, context);
    };

    test('a repository that is asked for waits once, and is taken between two sweeps, which stay as they are', async () => {
      const place = freshPlace();
      const first = await taken(place, 0);
      const name = freshRepository();
      const swept = await meet(first, name);
      await records.sweeps.keepTags(first, swept, [{ tag: 'v1', digest: digestNamed('one') }], at(1));
      await records.sweeps.endRepository(first, swept, { isWhole: true, now: at(1) });
      await end(first, 2);
      await askFor(place, [name, name], 3);
      const between = await taken(place, 4);
      expect(between).toMatchObject({ number: 1, isDue: false, isBaseline: false });
      expect(await take(place, 4, { owner: 'two' })).toBeNull();
      const asked = await records.sweeps.takeAsked(between, at(4));
      expect(asked).toMatchObject({ times: 2, failures: 0, repository: { name, isSwept: false, isBaseline: false } });
      // It was seen in the last sweep, and is not seen yet in this look.
      const known = await records.sweeps.readTags(between, swept, ['v1']);
      expect(known.get('v1')).toEqual({ digest: digestNamed('one'), isSeen: false });
      expect(await records.sweeps.endAsked(between, asked!, { now: at(5) })).toBe(true);
      expect(await records.sweeps.takeAsked(between, at(5))).toBeNull();
      expect(await records.sweeps.letGo(between)).toBe(true);
      expect(await take(place, 6)).toBeNull();
      expect(await take(place, 902)).toMatchObject({ number: 2, isDue: true });
    });

    test('what is asked for during its look waits for another, behind all others', async () => {
      const place = freshPlace();
      await end(await taken(place, 0), 1);
      const [one, two] = [freshRepository(), freshRepository()];
      await askFor(place, [one], 2);
      const between = await taken(place, 3);
      const asked = await records.sweeps.takeAsked(between, at(3));
      await askFor(place, [two], 4);
      await askFor(place, [one], 5);
      await records.sweeps.endAsked(between, asked!, { now: at(6) });
      const next = await records.sweeps.takeAsked(between, at(6));
      expect(next?.repository.name).toBe(two);
      await records.sweeps.endAsked(between, next!, { again: at(60), now: at(7) });
      expect(await records.sweeps.takeAsked(between, at(7))).toMatchObject({ repository: { name: one } });
      expect(await records.sweeps.takeAsked(between, at(60))).toMatchObject({ repository: { name: one }, failures: 0 });
    });

    test('who has lost the sweep takes nothing that is asked for, and ends nothing', async () => {
      const place = freshPlace();
      await end(await taken(place, 0), 1);
      await askFor(place, [freshRepository()], 2);
      const lost = await taken(place, 3);
      const asked = await records.sweeps.takeAsked(lost, at(3));
      const now = await taken(place, 100, { owner: 'two' });
      expect(now.isDue).toBe(false);
      expect(await records.sweeps.takeAsked(lost, at(100))).toBeNull();
      expect(await records.sweeps.endAsked(lost, asked!, { now: at(100) })).toBe(false);
      expect(await records.sweeps.letGo(lost)).toBe(false);
      expect(await records.sweeps.takeAsked(now, at(100))).not.toBeNull();
    });

    test('A17: a thousand repositories of a place wait at most, and each of another place besides', async () => {
      const place = freshPlace();
      const other = freshPlace();
      await end(await taken(place, 0), 1);
      await end(await taken(other, 0), 1);
      for (let page = 0; page < 5; page++) {
        await askFor(
          place,
          Array.from({ length: 250 }, (_, n) => `flood/${serial}-${page}-${n}`),
          2,
        );
      }
      await askFor(other, [freshRepository()], 3);
      const sweep = await taken(place, 4);
      let count = 0;
      for (let asked = await records.sweeps.takeAsked(sweep, at(4)); asked !== null; count++) {
        await records.sweeps.endAsked(sweep, asked, { now: at(4) });
        asked = await records.sweeps.takeAsked(sweep, at(4));
      }
      expect(count).toBe(1000);
      expect(await records.sweeps.takeAsked(await taken(other, 4), at(4))).not.toBeNull();
    });

    test('deliveries that ask for the same repositories in other orders do not wait for each other', async () => {
      const place = freshPlace();
      const names = Array.from({ length: 40 }, () => freshRepository());
      await Promise.all(
        Array.from({ length: 12 }, (_, n) => askFor(place, n % 2 === 0 ? names : names.toReversed(), 1)),
      );
      const sweep = await taken(place, 2);
      expect(await records.sweeps.takeAsked(sweep, at(2))).toMatchObject({ times: 12 });
    });

    test('a clock that was ahead keeps nothing that is asked for waiting', async () => {
      const place = freshPlace();
      await end(await taken(place, 0), 1);
      await askFor(place, [freshRepository()], 86_400);
      expect((await take(place, 4))?.isDue).toBe(false);
    });

    test('names that a list repeats are met once, and so are tags', async () => {
      const sweep = await taken(freshPlace(), 0);
      const name = freshRepository();
      expect(await records.sweeps.meet(sweep, [name, name])).toHaveLength(1);
      const repository = await meet(sweep, name);
      const twice = ['one', 'two'].map((word) => ({ tag: 'v1', digest: digestNamed(word) }));
      await records.sweeps.keepTags(sweep, repository, twice, at(1));
      expect((await records.sweeps.readTags(sweep, repository, ['v1'])).get('v1')?.digest).toBe(digestNamed('two'));
    });

    test('an image to which no tag leads any more is looked at, behind all else; one with another tag is not', async () => {
      const place = freshPlace();
      const name = freshRepository();
      const [gone, moved] = ['gone', 'moved'].map((word) => subjectNamed(`${word} ${serial}`, name)) as [
        Subject,
        Subject,
      ];
      const ids = [];
      for (const subject of [gone, moved]) {
        await receive(subject);
        ids.push(await judge(subject, 'pass'));
      }
      const first = await taken(place, 0);
      const before = await meet(first, name);
      const tags = [
        { tag: 'v1', digest: gone.digest },
        { tag: 'v2', digest: moved.digest },
      ];
      await records.sweeps.keepTags(first, before, tags, at(1));
      await records.sweeps.endRepository(first, before, { isWhole: true, now: at(1) });
      expect((await found()).ids).not.toContain(ids[0]);
      await end(first, 2);
      const second = await taken(place, 1000);
      const after = await meet(second, name);
      await records.sweeps.keepTags(second, after, [{ tag: 'v3', digest: moved.digest }], at(1001));
      await records.sweeps.endRepository(second, after, { isWhole: true, now: at(1001) });
      expect((await found()).ids).toContain(ids[0]);
      expect((await found()).ids).not.toContain(ids[1]);
      expect(await records.sweeps.readTags(second, after, ['v1', 'v2'])).toEqual(new Map());
    });

    test('P16: of a repository that was not seen whole nothing is forgotten, and its baseline is over', async () => {
      const sweep = await taken(freshPlace(), 0);
      const repository = await meet(sweep, freshRepository());
      await records.sweeps.keepTags(sweep, repository, [{ tag: 'v1', digest: digestNamed('one') }], at(1));
      await records.sweeps.endRepository(sweep, repository, { isWhole: true, now: at(1) });
      await end(sweep, 2);
      const next = await taken(sweep, 1000);
      await records.sweeps.endRepository(next, repository, { isWhole: false, now: at(1001) });
      expect((await records.sweeps.readTags(next, repository, ['v1'])).size).toBe(1);
      expect(await meet(next, repository.name)).toMatchObject({ isSwept: true, isBaseline: false });
    });

    test('the images of a repository that is not listed any more are looked at', async () => {
      const place = freshPlace();
      const subject = subjectNamed(`image ${serial}`, freshRepository());
      await receive(subject);
      const id = await judge(subject, 'pass');
      const first = await taken(place, 0);
      const repository = await meet(first, subject.repository);
      await records.sweeps.keepTags(first, repository, [{ tag: 'v1', digest: subject.digest }], at(1));
      await records.sweeps.endRepository(first, repository, { isWhole: true, now: at(1) });
      await end(first, 2);
      expect((await found()).ids).not.toContain(id);
      await end(await taken(place, 1000), 1001);
      expect((await found()).ids).toContain(id);
    });

    test('knows what is on record, by which tags, and what of it was gone', async () => {
      const place = { registryId: 'prod', repository: freshRepository() };
      const [there, gone] = ['there', 'gone'].map((word) => subjectNamed(`${word} ${serial}`, place.repository)) as [
        Subject,
        Subject,
      ];
      await receive(there);
      await receive(gone);
      const { id } = (await records.inbox.findSubject(gone)) ?? { id: '' };
      const start = await records.judgements.begin(id, { now: at(1) });
      if (start !== null) await records.judgements.conclude(start, { state: 'gone', now: at(1) });
      const digests = [there.digest, gone.digest, digestNamed('never seen')];
      expect(await records.sweeps.findKnown(place, digests)).toEqual(
        new Map([
          [there.digest, { tags: ['v1'], isGone: false }],
          [gone.digest, { tags: ['v1'], isGone: true }],
        ]),
      );
    });

    test('a judgement that a sweep asks for is left for when there is time, so many at a time', async () => {
      const subjects = Array.from({ length: 3 }, () => subjectNamed(`found ${++serial}`, freshRepository()));
      for (const [index, subject] of subjects.entries()) await receive(subject, 'unannounced', 10_000 + index);
      const ids = await Promise.all(subjects.map(async (each) => (await records.inbox.findSubject(each))?.id ?? ''));
      const before = await records.oldestOpenAt();
      expect(before === null || before < at(10_000)).toBe(true);
      for (const id of await due(20_000)) expect(ids).not.toContain(id);
      const all = (await found()).ids;
      expect(all).toEqual(expect.arrayContaining(ids));
      const others = all.filter((id) => !ids.includes(id));
      const { ids: next, isMore } = await found([...others, ids[0] ?? ''], others.length + 2);
      expect(next).toEqual([ids[1]]);
      expect(isMore).toBe(true);
    });

    test('an announcement does not wait for the sweep that found its image first', async () => {
      const subject = subjectNamed(`found ${++serial}`);
      expect((await receive(subject, 'unannounced'))?.judge?.sequence).toBe(1);
      expect((await receive(subject))?.judge?.sequence).toBe(1);
      const id = (await records.inbox.findSubject(subject))?.id;
      expect((await found()).ids).not.toContain(id);
      expect(await due(100)).toContain(id);
    });

    test('that a sweep sees another tag on what fails adds the tag and asks for nothing', async () => {
      const subject = subjectNamed(`failing ${++serial}`);
      await receive(subject);
      await judge(subject, 'fail-missing');
      expect((await receive(subject, 'unannounced', 100, 'v2'))?.judge).toBeUndefined();
      expect(await records.inbox.findSubject(subject)).toMatchObject({ tags: ['v1', 'v2'] });
    });

    test('what lay there is on record as that until it is pushed; then it is judged at once', async () => {
      const subject = subjectNamed(`old ${++serial}`);
      await receive(subject, 'baseline');
      expect(await records.inbox.findSubject(subject)).toMatchObject({ baseline: 'recorded' });
      await judge(subject, 'fail-missing');
      expect((await receive(subject, 'unannounced', 50))?.judge).toBeUndefined();
      expect(await records.inbox.findSubject(subject)).toMatchObject({ baseline: 'recorded' });
      expect((await receive(subject, undefined, 100))?.judge).toBeDefined();
      expect(await records.inbox.findSubject(subject)).toMatchObject({ baseline: 'over' });
    });
  });
}

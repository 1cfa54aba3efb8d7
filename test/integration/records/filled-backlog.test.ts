import { beforeAll, describe, expect, it } from 'vitest';
import type { Lane } from '../../../src/kit/fair-queue.ts';
import { embeddedRecords } from '../../support/records/embedded-records.ts';
import { BACKLOG, fillBacklog, OTHER_REPOSITORIES } from '../../support/records/fill-backlog.ts';
import { rowsReadBy, type StatementCost } from '../../support/records/rows-read.ts';

// What waits is ten times more than a round may look at.
const FEW = 4_000;
const NOW = new Date('2026-11-24T08:00:00.000Z');
const CONTEXT = { now: NOW, policyRevision: 'p1', trustEpoch: 1, registryIds: ['prod'] };
const BEHIND = { ...CONTEXT, isBehind: true, inFlight: [], resting: [], leaveOutdated: false };

const own = embeddedRecords();
beforeAll(() => fillBacklog(own.pool, { now: NOW, policyRevision: 'p1', trustEpoch: 1 }), 240_000);

describe(`while ${BACKLOG} of each kind wait`, () => {
  it('a round looks at few of the judgements, and the next at others', async () => {
    const seen = new Set<string>();
    for (let round = 1; round <= 2; round += 1) {
      const inFlight = [...seen].slice(-64);
      await expectFew(async () => {
        const due = await own.records.due.findDue({ ...BEHIND, inFlight }, 200);
        expect(due.filter(({ subjectId }) => inFlight.includes(subjectId))).toEqual([]);
        for (const { subjectId } of due) seen.add(subjectId);
      });
    }
    // Of each of seven reasons 200 a round, of one 20: what was left without having been begun may come again.
    expect(seen.size).toBeGreaterThan(2 * 6 * 200);
  });

  it('a round that is not behind looks at few', async () => {
    await expectFew(() =>
      own.records.due.findDue({ ...BEHIND, isBehind: false, now: new Date(NOW.getTime() - 60_000) }, 200),
    );
  });

  it('what sweeps found is handed out without reading all of it', async () => {
    const { judgements } = await own.records.due.findFound({ inFlight: [], resting: [] }, 8);
    const inFlight = judgements.map(({ subjectId }) => subjectId);
    expect(inFlight).toHaveLength(8);
    await expectFew(async () => {
      const { judgements: next, isMore } = await own.records.due.findFound({ inFlight, resting: [] }, 16);
      expect(next.filter(({ subjectId }) => inFlight.includes(subjectId))).toEqual([]);
      expect([next.length, isMore]).toEqual([8, true]);
    });
  });

  it('events without a digest are handed out without reading all of them', async () => {
    const asked = { before: NOW, now: NOW, registryIds: ['prod'] };
    const first = await own.records.due.findUnresolvedEvents({ ...asked, isBehind: true }, 128);
    expect(first).toHaveLength(128);
    await expectFew(async () => {
      const next = await own.records.due.findUnresolvedEvents({ ...asked, isBehind: true }, 128);
      expect(next).toHaveLength(128);
      expect(new Set([...first, ...next].map(({ eventId }) => eventId)).size).toBe(256);
    });
    await expectFew(() => own.records.due.findUnresolvedEvents(asked, 128));
  });

  it('registry writes and notices are handed out without reading all of them', async () => {
    const costs = await expectFew(async () => {
      const due = await own.records.outbox.findDue(NOW, 200);
      expect(due.filter(({ kind }) => kind === 'notice')).toHaveLength(200);
      expect(due.filter(({ kind }) => kind === 'quarantine').length).toBeGreaterThan(200);
    });
    expect(costs.length).toBeGreaterThan(5);
  });

  it('a scrape of the metrics reads what it counts, and no whole table', async () => {
    const costs = await rowsReadBy(async () => {
      expect(Object.values(await own.records.heldQuarantines())).toEqual([BACKLOG, 0, 0]);
      expect(await own.records.foundWaiting()).toBe(BACKLOG);
      await own.records.hearing.read(['prod']);
      await own.records.query.countUntold();
    });
    // Held: an entry of the index, its row and the row of its image. There are ten times as many images.
    expect(costs.filter(({ rows }) => rows > 3 * BACKLOG)).toEqual([]);
  });

  it('since when the oldest waits is told by few of them', async () => {
    await expectFew(async () => expect(await own.records.oldestOpenAt()).not.toBeNull());
  });
});

describe('P6: while one repository has thousands before all others', () => {
  const judged = (ids: readonly string[]) =>
    own.pool.query('UPDATE subjects SET started_seq = requested_seq, judged_seq = requested_seq WHERE id = ANY ($1)', [
      ids,
    ]);
  const rounds: Readonly<Record<string, () => Promise<readonly { readonly lane: Lane }[]>>> = {
    judgements: async () => {
      const due = await own.records.due.findDue(BEHIND, 200);
      await judged(due.map(({ subjectId }) => subjectId));
      return due;
    },
    'what sweeps found': async () => {
      const { judgements } = await own.records.due.findFound({ inFlight: [], resting: [] }, 8);
      await judged(judgements.map(({ subjectId }) => subjectId));
      return judgements;
    },
    'events without a digest': () =>
      own.records.due.findUnresolvedEvents({ ...CONTEXT, before: NOW, isBehind: true }, 128),
    effects: async () => {
      const due = await own.records.outbox.findDue(NOW, 200);
      await own.pool.query(`UPDATE effects SET state = 'done' WHERE id = ANY ($1)`, [due.map(({ id }) => id)]);
      return due;
    },
  };
  it.each(Object.entries(rounds))('%s of all others come round', async (_, round) => {
    const seen = new Set<string>();
    // Eight of what sweeps found at a time.
    const most = Math.ceil((2 * OTHER_REPOSITORIES) / 8);
    for (let rounds = 0; rounds < most && seen.size <= OTHER_REPOSITORIES; rounds += 1) {
      for (const { lane } of await round()) seen.add(lane.repository);
    }
    expect(seen.size).toBe(OTHER_REPOSITORIES + 1);
  });
});

async function expectFew(work: () => Promise<unknown>): Promise<readonly StatementCost[]> {
  const costs = await rowsReadBy(work);
  expect(costs).not.toEqual([]);
  expect(costs.filter(({ rows }) => rows > FEW)).toEqual([]);
  return costs;
}

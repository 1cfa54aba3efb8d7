import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { type StorableJson, storableJson } from '../../../src/kit/storable-json.ts';
import type { Decision, JudgementStart } from '../../../src/ports/judgements.ts';
import { embeddedRecords } from '../../support/records/embedded-records.ts';
import { acceptPush, passAlone, subjectNamed } from '../../support/records/samples.ts';
import { waitFor } from '../../support/wait-for.ts';

const NOW = new Date('2026-11-24T08:00:00.000Z');
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };
const PASS = passAlone({ now: NOW, ...IN_FORCE });

const own = embeddedRecords();

// First in this file: the record is empty then, and so are the tables that the first plans are made for.
it('looks up each image by its key, however small the record was when it was first asked', async () => {
  const inGroups = async (groups: number): Promise<void> => {
    for (let group = 0; group < groups; group += 1) {
      const names = Array.from({ length: 16 }, () => `image ${Math.random()}`);
      const starts = await Promise.all(names.map(async (name) => begin(await announce(name))));
      await Promise.all(starts.map((start) => start && own.records.judgements.decide(start, PASS)));
    }
  };
  const rowsRead = async (): Promise<number> => {
    const { rows } = await own.pool.query<{ read: number }>(
      `SELECT sum(seq_tup_read)::integer AS read FROM pg_stat_user_tables WHERE relname IN ('subjects', 'verdicts')`,
    );
    return rows[0]?.read ?? Number.NaN;
  };
  await inGroups(60);
  const before = await settled(rowsRead);
  await inGroups(60);
  // One statement of a group that reads a table whole comes to 80,000 and more; servers report some of the first half late.
  expect((await settled(rowsRead)) - before).toBeLessThan(20_000);
});

it('begins one look at an image that is asked for twice at once', async () => {
  const id = await announce('twice');
  const starts = await Promise.all([begin(await announce('before')), begin(id), begin(id)]);
  expect(starts.map((start) => start?.subject.id === id)).toEqual([false, true, false]);
});

it('waits for whoever holds one of the images, and the others do not', async () => {
  const [free, held] = [await announce('free'), await announce('held')];
  const other = await own.pool.connect();
  try {
    await other.query('begin');
    await other.query('SELECT FROM subjects WHERE id = $1 FOR UPDATE', [held]);
    let waits = true;
    const behind = begin(held).finally(() => {
      waits = false;
    });
    expect(await begin(free)).toMatchObject({ fence: 1 });
    expect(waits).toBe(true);
    await other.query('UPDATE subjects SET tags = $2 WHERE id = $1', [held, ['v2']]);
    await other.query('commit');
    expect(await behind).toMatchObject({ fence: 1, subject: { tags: ['v2'] } });
  } finally {
    other.release();
  }
});

it('P6: writes a verdict with large findings by itself', async () => {
  const names = ['small 1', 'large 1', 'large 2', 'small 2'];
  const starts = await Promise.all(names.map(async (name) => begin(await announce(name))));
  const large = storableJson([{ message: 'x'.repeat(100_000) }]) as unknown as Decision['findings'];
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await Promise.all(
      starts.map((start, at) => {
        const findings = names[at]?.startsWith('large') ? large : PASS.findings;
        return start && own.records.judgements.decide(start, { ...PASS, findings });
      }),
    );
    const lengths = sent.mock.calls.map(([statement]) => JSON.stringify(statement).length);
    expect(lengths.filter((length) => length > 100_000)).toHaveLength(2);
    expect(Math.max(...lengths)).toBeLessThan(150_000);
  } finally {
    sent.mockRestore();
  }
  for (const name of names) {
    expect(await own.records.inbox.findSubject(subjectNamed(name))).toMatchObject({ settledOutcome: 'pass' });
  }
});

it('keeps a verdict that the database refuses from taking others along', async () => {
  const starts = await Promise.all(['good 1', 'bad', 'good 2'].map(async (name) => begin(await announce(name))));
  const findings = '[' as StorableJson<[]>;
  const ended = await Promise.allSettled(
    starts.map((start, at) => start && own.records.judgements.decide(start, at === 1 ? { ...PASS, findings } : PASS)),
  );
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  for (const name of ['good 1', 'good 2']) {
    expect(await own.records.inbox.findSubject(subjectNamed(name))).toMatchObject({ settledOutcome: 'pass' });
  }
  expect(await own.records.inbox.findSubject(subjectNamed('bad'))).toMatchObject({ state: 'pending', verdict: null });
});

async function announce(name: string): Promise<string> {
  const subject = subjectNamed(name);
  const [receipt] = await acceptPush(own.records.inbox, { subject }, { now: NOW, ...IN_FORCE });
  return receipt?.judge?.subjectId ?? '';
}

function begin(id: string): Promise<JudgementStart | null> {
  return own.records.judgements.begin(id, { now: NOW, isFirst: true });
}

/** A sum that servers report late: what it is when two questions in a row agree on it. */
async function settled(ask: () => Promise<number>): Promise<number> {
  let last = Number.NaN;
  return waitFor(
    async () => {
      const now = await ask();
      const same = now === last;
      last = now;
      return same && { now };
    },
    { what: 'the counts to settle', intervalMs: 1_200 },
  ).then(({ now }) => now);
}

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type RetentionDeps, startRetention } from '../../../src/compose/start-retention.ts';
import type { Concern } from '../../../src/ports/concerns.ts';
import type { KeptKind, RecordKeeping } from '../../../src/ports/record-keeping.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { waitFor } from '../../support/wait-for.ts';

const NOW = new Date('2026-11-29T08:00:00Z');
const DAY_MS = 86_400_000;

interface Asked {
  readonly kind: KeptKind;
  readonly before: Date;
  readonly after: number;
}

/** A retention over a record of three pages of each kind; every time is as short as can be. */
function start(more: Partial<RetentionDeps> = {}, dropOld?: RecordKeeping['dropOld']) {
  const asked: Asked[] = [];
  const raised: Concern[] = [];
  const metrics = createMetrics({ version: '1', processMetrics: false });
  const keeping: RecordKeeping = {
    async dropOld(kind, page) {
      asked.push({ kind, before: page.before, after: page.after });
      return (await dropOld?.(kind, page)) ?? { count: 2, next: page.after < 20 ? page.after + 10 : null };
    },
  };
  const retention = startRetention({
    keeping,
    keepMs: 30 * DAY_MS,
    mayDrop: () => true,
    concerns: { raise: (concern) => raised.push(concern) },
    metrics,
    clock: () => NOW,
    logger: pino({ level: 'silent' }),
    timings: { betweenMs: 1, restMs: 1 },
    ...more,
  });
  return { asked, raised, metrics, retention };
}

describe('the retention of the record', () => {
  it('goes through each kind page by page, over and over, and counts what it drops', async () => {
    const { asked, metrics, raised, retention } = start();
    await waitFor(() => asked.length > 24, { what: 'two passes' });
    await retention.stop();
    const before = new Date(NOW.getTime() - 30 * DAY_MS);
    const kinds = ['notices', 'verdicts', 'events', 'deliveries'] as const;
    const pages = kinds.flatMap((kind) => [0, 10, 20].map((after) => ({ kind, before, after })));
    expect(asked.slice(0, 24)).toEqual([...pages, ...pages]);
    // Each page dropped two, and one may have been asked for since.
    const dropped = 2 * asked.filter(({ kind }) => kind === 'events').length;
    expect(await metrics.render()).toContain(`lazaret_dropped_rows_total{kind="events"} ${dropped}\n`);
    expect(raised).toEqual([]);
    const at = asked.length;
    await new Promise(setImmediate);
    expect(asked).toHaveLength(at);
  });

  it('drops nothing while another process does, or nobody has confirmed the clock', async () => {
    let questions = 0;
    const mayDrop = (): boolean => {
      questions += 1;
      return false;
    };
    const { asked, raised, retention } = start({ mayDrop, timings: { betweenMs: 1, restMs: 1, behindMs: 0 } });
    await waitFor(() => questions > 5, { what: 'several questions' });
    await retention.stop();
    expect(asked).toEqual([]);
    expect(raised).toEqual([]);
  });

  it('ends in the middle when another process leads, and begins anew when this one does again', async () => {
    let leads = true;
    let pages = 0;
    const timings = { betweenMs: 3_600_000, restMs: 1, soonMs: 1 };
    // Asked again before the next page, it no longer leads; then it does.
    const mayDrop = (): boolean => {
      const answer = leads;
      leads = true;
      return answer;
    };
    const { asked, retention } = start({ mayDrop, timings }, async (_, { after }) => {
      pages += 1;
      if (pages === 4) leads = false;
      return { count: 2, next: after < 20 ? after + 10 : null };
    });
    await waitFor(() => asked.length === 4 + 12, { what: 'a whole pass' });
    expect(asked[4]).toMatchObject({ kind: 'notices', after: 0 });
    await retention.stop();
  });

  it('raises a concern when it cannot keep up, and when the database keeps it from dropping anything', async () => {
    const never = start({ timings: { betweenMs: 1, restMs: 1, behindMs: 1 } }, async (_, { after }) => ({
      count: 1_000,
      next: after + 1,
    }));
    await waitFor(() => never.raised.length > 0, { what: 'a concern' });
    await never.retention.stop();
    expect(never.raised[0]).toMatchObject({
      id: 'record',
      kind: 'overgrown',
      problem: expect.stringContaining('record.keep'),
    });

    const failing = start({ timings: { betweenMs: 1, restMs: 1, behindMs: 1 } }, () =>
      Promise.reject(new Error('away')),
    );
    await waitFor(() => failing.raised.length > 0, { what: 'a concern' });
    await failing.retention.stop();
    expect(failing.asked.length).toBeGreaterThan(1);
  });
});

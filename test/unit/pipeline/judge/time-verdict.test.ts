import { describe, expect, it } from 'vitest';
import type { Outcome, ReasonCode } from '../../../../src/domain/verdict.ts';
import { timeVerdict } from '../../../../src/pipeline/judge/time-verdict.ts';
import { subjectNamed, verdictOf } from '../../../support/records/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = {
  subject: { ...subjectNamed('image'), failedLooks: 0 },
  graceFrom: new Date('2026-11-24T08:00:00Z'),
  failingSince: null,
  gaps: { looks: 0, since: null },
};
const after = (ms: number): Date => new Date(START.graceFrom.getTime() + ms);

interface Moment {
  readonly outcome?: Outcome;
  readonly code?: ReasonCode;
  readonly graceMs?: number;
  readonly atMs: number;
  /** When an index is announced that nobody has judged by then. */
  readonly openIndexAtMs?: number;
  /** Somebody has looked at it, and could not tell. */
  readonly isUntold?: boolean;
  /** Looks before this one that found a gap, as this one does, and when the first was. */
  readonly gaps?: { readonly looks: number; readonly sinceMs: number | null };
  readonly isFailing?: boolean;
}

async function time(moment: Moment) {
  const { outcome = 'fail-missing', code, graceMs = 15 * MINUTE, atMs, openIndexAtMs, gaps, isFailing } = moment;
  const subjects = {
    findOpenIndex: async (_: unknown, { announcedBefore }: { announcedBefore: Date }) => {
      const isOpen = openIndexAtMs !== undefined && after(openIndexAtMs) < announcedBefore;
      return isOpen ? (moment.isUntold === true ? 'untold' : 'open') : null;
    },
  };
  const verdict = verdictOf(outcome, { graceMs, ...(code && { code }) });
  const judgement = gaps === undefined ? {} : ({ hasGaps: true } as const);
  const start = {
    ...START,
    ...(gaps && { gaps: { looks: gaps.looks, since: gaps.sinceMs === null ? null : after(gaps.sinceMs) } }),
    ...(isFailing === true && { failingSince: after(0) }),
  };
  const look = { verdict, judgement, lookedAt: after(atMs), now: after(atMs), rescanEveryMs: 24 * HOUR };
  const { final, nextCheckAt } = await timeVerdict(subjects, start, look);
  return { final, nextMs: nextCheckAt === null ? null : nextCheckAt.getTime() - START.graceFrom.getTime() };
}

describe('when a verdict is final', () => {
  it('is at once where the image passes, and never where it could not be told', async () => {
    const passing = await time({ outcome: 'pass', atMs: 0, openIndexAtMs: 0 });
    expect(passing.final).toBe(true);
    expect(passing.nextMs).toBeGreaterThan(0);
    expect(passing.nextMs).toBeLessThanOrEqual(24 * HOUR);
    expect(await time({ outcome: 'indeterminate', atMs: 0 })).toEqual({ final: false, nextMs: 5_000 });
  });

  it.each<Outcome>(['fail-missing', 'fail-evidence', 'rejected-input'])(
    'is at the end of the grace, and then for certain, whatever others attach by then: %s',
    async (outcome) => {
      expect(await time({ outcome, atMs: 0 })).toEqual({ final: false, nextMs: 15_000 });
      expect(await time({ outcome, atMs: 14 * MINUTE })).toEqual({ final: false, nextMs: 15 * MINUTE });
      expect(await time({ outcome, atMs: 15 * MINUTE })).toMatchObject({ final: true });
    },
  );

  it('is at once where the policy gives no grace', async () => {
    expect(await time({ outcome: 'fail-evidence', graceMs: 0, atMs: 0 })).toMatchObject({ final: true });
  });

  it('C12: is not before an index is judged that was announced within the grace', async () => {
    const look = { openIndexAtMs: 14 * MINUTE };
    expect(await time({ ...look, atMs: 15 * MINUTE })).toEqual({ final: false, nextMs: 15 * MINUTE + 5_000 });
    expect(await time({ ...look, atMs: 17 * MINUTE })).toEqual({ final: false, nextMs: 18 * MINUTE });
  });

  it('does not wait for an index announced after the grace, nor for any for longer than another grace', async () => {
    expect(await time({ atMs: 16 * MINUTE, openIndexAtMs: 15 * MINUTE })).toMatchObject({ final: true });
    expect(await time({ atMs: 30 * MINUTE, openIndexAtMs: MINUTE })).toMatchObject({ final: true });
  });

  it('waits long enough for a lost judgement to be taken up, however short the grace', async () => {
    const look = { graceMs: MINUTE, openIndexAtMs: 1_000 };
    expect(await time({ ...look, atMs: 10 * MINUTE })).toMatchObject({ final: false });
    expect(await time({ ...look, atMs: 11 * MINUTE })).toMatchObject({ final: true });
  });

  it('P7: waits no longer than one more grace for what could not be told', async () => {
    const look = { graceMs: MINUTE, openIndexAtMs: 1_000, isUntold: true };
    expect(await time({ ...look, atMs: MINUTE + 58_000 })).toEqual({ final: false, nextMs: 2 * MINUTE });
    expect(await time({ ...look, atMs: 2 * MINUTE })).toMatchObject({ final: true });
    expect(await time({ ...look, graceMs: 0, atMs: 0 })).toMatchObject({ final: true });
  });

  it('P2: is one that rests on a gap after three looks that agree, seconds apart, also without a grace', async () => {
    const at = (looks: number, atMs: number) =>
      time({ graceMs: 0, atMs, gaps: { looks, sinceMs: looks === 0 ? null : 0 } });
    expect(await at(0, 0)).toEqual({ final: false, nextMs: 15_000 });
    expect(await at(1, 15_000)).toEqual({ final: false, nextMs: 30_000 });
    expect(await at(2, 30_000)).toMatchObject({ final: true });
    expect(await at(2, 20_000), 'asked for sooner').toEqual({ final: false, nextMs: 35_000 });
    expect(await at(1, MINUTE), 'looks that were late').toEqual({ final: false, nextMs: MINUTE + 15_000 });
  });

  it('P2: is not put off by a gap for ever: what was seen before counts, and what fails already does', async () => {
    expect(await time({ atMs: 15 * MINUTE, gaps: { looks: 2, sinceMs: 0 } })).toMatchObject({ final: true });
    expect(await time({ atMs: HOUR, gaps: { looks: 0, sinceMs: null }, isFailing: true })).toMatchObject({
      final: true,
    });
  });

  it.each<Outcome>(['fail-missing', 'fail-evidence', 'rejected-input'])(
    'is never for good where the image does not pass: it is looked at again (%s)',
    async (outcome) => {
      const { nextMs } = await time({ outcome, atMs: HOUR });
      expect(nextMs).toBeGreaterThan(HOUR);
    },
  );

  it('E5: is for good where looking crashes the process, until a person asks for another look', async () => {
    expect(await time({ outcome: 'rejected-input', code: 'CRASHED_REPEATEDLY', atMs: HOUR, openIndexAtMs: 0 })).toEqual(
      {
        final: true,
        nextMs: null,
      },
    );
  });
});

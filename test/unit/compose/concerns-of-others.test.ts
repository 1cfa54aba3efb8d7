import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hearConcerns } from '../../../src/compose/hear-concerns.ts';
import { tellConcerns } from '../../../src/compose/tell-concerns.ts';
import type { Concern } from '../../../src/ports/concerns.ts';
import type { LeftConcern } from '../../../src/ports/left-concerns.ts';
import { waitFor } from '../../support/wait-for.ts';

const DEAF: Concern = { id: 'topic', kind: 'deaf', problem: 'no broker answers' };
const logger = pino({ level: 'silent' });
const turns = { take: async () => true, giveBack: async () => undefined };

describe('a concern of a process that tells nobody', () => {
  it('is left on record, once a minute however often it is raised', async () => {
    const left: Concern[] = [];
    let now = new Date('2026-11-29T10:00:00Z');
    const leave = async (concern: Concern) => void left.push(concern);
    const tell = tellConcerns({ acts: false, left: { leave }, sinks: new Map(), turns, clock: () => now, logger });
    for (let n = 0; n < 50; n++) tell(DEAF);
    tell({ ...DEAF, id: 'other' });
    expect(left.map(({ id }) => id)).toEqual(['topic', 'other']);
    now = new Date('2026-11-29T10:01:00Z');
    tell(DEAF);
    expect(left).toHaveLength(3);
  });

  it('is left at once by a clock that was a year ahead and is put right', () => {
    const left: Concern[] = [];
    let now = new Date('2027-11-29T10:00:00Z');
    const leave = async (concern: Concern) => void left.push(concern);
    const tell = tellConcerns({ acts: false, left: { leave }, sinks: new Map(), turns, clock: () => now, logger });
    tell(DEAF);
    now = new Date('2026-11-29T10:00:00Z');
    tell(DEAF);
    expect(left).toHaveLength(2);
  });

  it('is left at the next time, if the record was away', async () => {
    let tries = 0;
    const leave = async () => {
      tries++;
      if (tries === 1) throw new Error('away');
    };
    const clock = () => new Date();
    const tell = tellConcerns({ acts: false, left: { leave }, sinks: new Map(), turns, clock, logger });
    await waitFor(
      () => {
        tell(DEAF);
        return tries === 2;
      },
      { what: 'a second try' },
    );
  });

  it('is raised where people are told, and taken off the record', async () => {
    let kept: readonly LeftConcern[] = [{ ...DEAF, leftAt: new Date() }];
    const raised: Concern[] = [];
    const left = {
      leave: async () => undefined,
      read: async () => kept,
      takeAway: async (taken: LeftConcern) => {
        kept = kept.filter((each) => each !== taken);
      },
    };
    const hearing = hearConcerns({ left, concerns: { raise: (each) => void raised.push(each) }, logger, everyMs: 5 });
    onTestFinished(() => hearing.stop());
    await waitFor(() => kept.length === 0, { what: 'it to be taken off' });
    expect(raised).toMatchObject([DEAF]);
  });

  it('is raised when the record is back', async () => {
    let reads = 0;
    const raised: Concern[] = [];
    const left = {
      leave: async () => undefined,
      read: async () => {
        reads++;
        if (reads === 1) throw new Error('away');
        return [{ ...DEAF, leftAt: new Date() }];
      },
      takeAway: async () => undefined,
    };
    const hearing = hearConcerns({ left, concerns: { raise: (each) => void raised.push(each) }, logger, everyMs: 5 });
    onTestFinished(() => hearing.stop());
    await waitFor(() => raised.length > 0, { what: 'it to be raised' });
  });
});

import pino from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { SweepRecord } from '../../../src/ports/sweep-record.ts';
import { createPollSource } from '../../../src/sources/poll/poll-source.ts';
import { waitFor } from '../../support/wait-for.ts';

it('a process that does not lead takes no sweep, and one does as soon as it leads', async () => {
  let [asked, looks] = [0, 0];
  let term: AbortSignal | undefined;
  const source = createPollSource(
    {
      id: 'sweep',
      everyMs: 60_000,
      tags: { include: [], exclude: [] },
      baseline: 'record',
      targets: [
        {
          registryId: 'prod',
          host: 'registry.test',
          scope: '**',
          covers: () => true,
          probe: async () => undefined,
          inventory: {} as never,
        },
      ],
    },
    {
      receiver: {} as never,
      concerns: { raise: () => undefined },
      clock: () => new Date(),
      logger: pino({ level: 'silent' }),
      metrics: { sweep: () => undefined, askedLook: () => undefined },
      owner: 'one',
      leaseMs: 60_000,
      sweeps: {
        take: async () => {
          asked++;
          return null;
        },
      } as Partial<SweepRecord> as SweepRecord,
      term: () => {
        looks++;
        return term;
      },
    },
  );
  await source.start();
  onTestFinished(() => source.stop());
  await waitFor(() => looks > 1, { what: 'a second look' });
  expect(asked).toBe(0);
  term = new AbortController().signal;
  await waitFor(() => asked > 0, { what: 'a sweep to be asked for' });
});

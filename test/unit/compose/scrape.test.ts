import pino from 'pino';
import { expect, it } from 'vitest';
import { leadAlone } from '../../../src/compose/lead-alone.ts';
import { createScrape, type ScrapeDeps } from '../../../src/compose/scrape.ts';
import { ROLES } from '../../../src/domain/role.ts';
import type { UntoldCause } from '../../../src/ports/untold-query.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

it('the lag is never 0 while a topic is not read, however little there is to be judged', async () => {
  expect(await lagOf({ deafSince: new Date(10_000), open: null })).toBe('90');
  expect(await lagOf({ deafSince: new Date(10_000), open: new Date(40_000) })).toBe('90');
  expect(await lagOf({ deafSince: new Date(10_000), open: new Date(1_000) })).toBe('99');
  expect(await lagOf({ deafSince: undefined, open: null })).toBe('0');
});

it('many scrapes at once ask the record once', async () => {
  let asked = 0;
  const scrape = createScrape(createMetrics({ version: 'test', processMetrics: false }), {
    ...parts({ deafSince: undefined, open: null }),
    queue: {
      counts: async () => {
        asked += 1;
        return NOTHING_QUEUED;
      },
    },
  });
  await Promise.all(Array.from({ length: 50 }, () => scrape.render()));
  expect(asked).toBe(1);
  await scrape.render();
  expect(asked).toBe(2);
});

const NONE = { waiting: 0, active: 0, delayed: 0, failed: 0 };
const NOTHING_QUEUED = {
  'judge-subject': NONE,
  'apply-quarantine': NONE,
  'send-notice': NONE,
  'resolve-event': NONE,
};

interface Lag {
  readonly deafSince: Date | undefined;
  readonly open: Date | null;
}

function parts({ deafSince, open }: Lag, untold: UntoldCause[] = []): ScrapeDeps {
  const swept = (sourceId: string, wholeAt: number) => ({
    sourceId,
    registryId: 'prod',
    isUnderWay: false,
    isBaseline: false,
    startedAt: new Date(50_000),
    endedAt: new Date(wholeAt),
    wholeAt: new Date(wholeAt),
    repositories: 1,
    tags: 1,
    found: 0,
    faults: 0,
  });
  return {
    records: {
      oldestOpenAt: async () => open,
      heldQuarantines: async () => ({ repository: 7, registry: 0, all: 2 }),
      query: { countUntold: async () => untold },
      foundWaiting: async () => 4,
      hearing: {
        read: async () => [{ registryId: 'prod', lastEventAt: new Date(70_000), unannounced: 0, isTold: false }],
      },
      sweeps: { readStatus: async () => [swept('sweep', 60_000), swept('an older source', 90_000)] },
    },
    queue: { counts: async () => NOTHING_QUEUED },
    sources: [{ deafSince: () => deafSince }],
    registries: new Map(),
    announcing: ['prod'],
    sweptPlaces: [{ sourceId: 'sweep', registryId: 'prod' }],
    trust: { concerns: () => [] },
    leadership: leadAlone(ROLES),
    clock: () => new Date(100_000),
    logger: pino({ level: 'silent' }),
  };
}

async function lagOf(lag: Lag) {
  const untold = [{ registryId: 'prod', code: 'REGISTRY_DENIED', count: 3, since: new Date(40_000) }];
  const scrape = createScrape(createMetrics({ version: 'test', processMetrics: false }), parts(lag, untold));
  const text = await scrape.render();
  expect(text).toContain('lazaret_could_not_tell_images{registry="prod",code="REGISTRY_DENIED"} 3');
  expect(text).toContain('lazaret_could_not_tell_oldest_seconds 60');
  expect(text).toContain('lazaret_last_whole_sweep_seconds{registry="prod"} 40');
  expect(text).toContain('lazaret_processes{role="verify"} 1');
  expect(text).toContain('lazaret_leads{task="sweeper"} 1');
  expect(text).toContain('lazaret_found_images_waiting 4');
  expect(text).toContain('lazaret_last_event_seconds{registry="prod"} 30');
  untold.length = 0;
  expect(await scrape.render()).not.toContain('lazaret_could_not_tell_images{');
  expect(text).toContain('lazaret_quarantines_held{by="repository"} 7');
  expect(text).toContain('lazaret_quarantines_held{by="all"} 2');
  return /^lazaret_lag_seconds (\S+)$/m.exec(text)?.[1];
}

import { defineConfig } from 'vitest/config';
import { SuiteErrors } from './test/support/report/suite-errors.ts';

// Projects, from fast and pure to whole and real, each after the one before, so that servers and timings do not
// disturb each other; `npm run test:unit` needs no server at all. Groups are counted from 1: 0 is what has none, and
// runs last. So many files run at once: on a machine of two cores vitest would take one at a time. Unit tests compute;
// what talks to servers waits half of its time, and whole daemons two thirds of it, for graces and leases.
const MAX_WORKERS = 2;
const MAX_WORKERS_WITH_SERVERS = 3;
/** What does no I/O and knows no clock: how much of each folder the unit tests must reach, in per cent. */
const REACHED = { lines: 98, branches: 95 };
const PURE_CORE = {
  'src/domain/**': REACHED,
  'src/kit/*.ts': REACHED,
  'src/policy/**': REACHED,
  'src/quarantine/{breaker,plan-effects,plan-undo}.ts': REACHED,
  'src/verification/**': REACHED,
};
/** Where the whole run reads what came of it; without, the default alone. */
const REPORT = process.env['LAZARET_TEST_REPORT'];
const EVENT_LOOP = 'test/integration/threads/event-loop.test.ts';

export default defineConfig({
  test: {
    maxWorkers: MAX_WORKERS,
    ...(REPORT !== undefined && {
      reporters: ['default', ['json', { outputFile: `${REPORT}.json` }], new SuiteErrors(`${REPORT}.suites.json`)],
    }),
    // Measured where asked for (`--coverage`): by `make test` of the unit tests, which alone should reach all of it.
    coverage: {
      provider: 'v8',
      include: Object.keys(PURE_CORE),
      reporter: [['text', { skipFull: true }]],
      reportsDirectory: '.cache/coverage',
      reportOnFailure: true,
      thresholds: PURE_CORE,
    },
    projects: [
      {
        test: {
          name: 'unit',
          // Nothing of a unit test outlives it, and a process for each of its files costs half the time.
          isolate: false,
          include: ['test/unit/**/*.test.ts'],
          // None takes more than a few seconds alone; on a machine with much else to do, ten times as long.
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          maxWorkers: MAX_WORKERS_WITH_SERVERS,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [EVENT_LOOP],
          maxWorkers: MAX_WORKERS_WITH_SERVERS,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          // Nothing else runs beside it: it measures how long the event loop is held up.
          name: 'event-loop',
          include: [EVENT_LOOP],
          testTimeout: 120_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 240_000,
          maxWorkers: MAX_WORKERS_WITH_SERVERS,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});

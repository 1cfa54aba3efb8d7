import type { RescanContext } from '../../../src/pipeline/rescan.ts';
import type { Job, JobKind } from '../../../src/ports/job-queue.ts';
import { aboutOf } from '../../../src/queue/in-flight-windows.ts';
import { perKind } from '../../../src/queue/job-schema.ts';
import { breakerOf } from '../breaker-limits.ts';
import { createWindowedQueue, type WindowedQueue } from '../queue/windowed-queue.ts';

/** A record on which thousands of jobs of one repository wait, and what the sweeper needs beside it. */
export interface LeftBehind {
  readonly context: RescanContext;
  readonly queue: WindowedQueue;
  /** Puts so many more on record; gives their jobs. */
  leave(kind: JobKind, count: number): readonly Job[];
  /** Ends those in flight, on record too; returns how many are left on record. */
  end(kind: JobKind, most?: number): number;
  /** How many rounds have begun. */
  rounds(): number;
  /** Every question fails from now on, or no longer. */
  isOut: boolean;
}

const LANE = { registry: 'prod', repository: 'acme/app' };

/**
 * Creates it. Like the real one it gives what was left only to who says that something was, no judgement that is in
 * flight, an event once, and an effect until it has ended.
 */
export function createLeftBehind(): LeftBehind {
  const queue = createWindowedQueue();
  const left = perKind(() => new Map<string, Job>());
  const tried = new Set<string>();
  let serial = 0;
  let rounds = 0;
  const first = (jobs: Iterable<Job>, limit: number) => [...jobs].slice(0, limit);

  const world: LeftBehind = {
    queue,
    isOut: false,
    context: {
      queue,
      registries: new Map(),
      isShared: () => false,
      policies: () => ({ revision: 'p1', policies: [], noMatch: 'alert' }),
      trustEpoch: () => 1,
      clock: () => new Date('2026-11-24T08:00:00Z'),
      quarantine: {
        mode: 'tag',
        modes: new Map(),
        label: 'quarantined',
        onRejectedInput: 'alert',
        tag: 'quarantined-{digest}',
        breaker: breakerOf({ perHour: 1_000, share: 1 }),
      },
      records: {
        rehearsals: {
          endElsewhere: async () => {
            rounds += 1;
            if (world.isOut) throw new Error('expected to be out');
            return 0;
          },
        },
        due: {
          findDue: async ({ isBehind, inFlight = [] }, limit) => {
            if (!isBehind) return [];
            const going = new Set(inFlight);
            const open = [...left['judge-subject'].values()].filter((job) => !going.has(aboutOf(job)));
            return first(open, limit).map((job) => ({ subjectId: aboutOf(job), sequence: 1, lane: LANE }));
          },
          findFound: async () => ({ judgements: [], isMore: false }),
          findEnded: async () => [],
          findUnresolvedEvents: async ({ isBehind }, limit) => {
            if (isBehind !== true) return [];
            const open = [...left['resolve-event'].values()].filter((job) => !tried.has(aboutOf(job)));
            return first(open, limit).map((job) => {
              tried.add(aboutOf(job));
              return { eventId: aboutOf(job), lane: LANE };
            });
          },
        },
        outbox: {
          findDue: async (_, limit) =>
            (['apply-quarantine', 'send-notice'] as const).flatMap((kind) =>
              first(left[kind].values(), limit).map((job) => ({
                id: aboutOf(job),
                kind: kind === 'send-notice' ? ('notice' as const) : ('quarantine' as const),
                attempts: 0,
                lane: LANE,
              })),
            ),
        },
      },
    },
    leave: (kind, count) =>
      Array.from({ length: count }, () => {
        const job = jobOf(kind, `${++serial}`);
        left[kind].set(aboutOf(job), job);
        return job;
      }),
    end(kind, most) {
      for (const job of queue.end(kind, most)) left[kind].delete(aboutOf(job));
      return left[kind].size;
    },
    rounds: () => rounds,
  };
  return world;
}

function jobOf(kind: JobKind, id: string): Job {
  switch (kind) {
    case 'judge-subject':
      return { kind, subjectId: id, sequence: 1, lane: LANE };
    case 'resolve-event':
      return { kind, eventId: id, lane: LANE };
    case 'apply-quarantine':
    case 'send-notice':
      return { kind, effectId: id, attempt: 0, lane: LANE };
  }
}

import type pg from 'pg';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import type { LazaretProcess, PipelineWorld } from './pipeline-world.ts';
import { faultOf, type PortFault, type PortGate } from './port-gate.ts';

/** Something that goes wrong in a run: at the nth call of any port. */
export interface Mishap {
  readonly at: number;
  readonly fault: PortFault;
}

/** Runs the daemon of a world step by step, through deaths of the process and whatever else goes wrong. */
export interface Driver {
  /** Delivers an event as a source does: again, until it is acknowledged. */
  deliver(event: RegistryEvent): Promise<void>;
  /** Runs jobs until there are none. */
  drain(): Promise<void>;
  /** Sweeps and moves the clock on until nothing on record is open. */
  untilQuiet(): Promise<void>;
  /** One sweep, and all jobs it leads to. */
  round(): Promise<void>;
  process(): LazaretProcess;
  /** Kills the process, if it lives, and starts another. */
  restart(): void;
  /** Names of the port calls so far, in order. */
  readonly calls: readonly string[];
  /** Which calls were struck. */
  readonly struck: readonly string[];
  /** How often a judgement may have begun of which nobody ever gives an end: who began it died, or was not told so. */
  readonly unended: () => number;
}

/** BullMQ tries a failing job five times. */
const MAX_TRIES = 5;
/** As often as the queue's back-off and the sweeper together come by in a minute of quiet. */
const STEP_MS = 20_000;
/** Far more than any story takes: an hour and a half of rounds. */
const MAX_ROUNDS = 270;

export function createDriver(world: PipelineWorld, pool: pg.Pool, mishaps: readonly Mishap[] = []): Driver {
  const calls: string[] = [];
  const struck: string[] = [];
  let unended = 0;
  let life = startLife();

  function startLife(): { readonly process: LazaretProcess; readonly died: Promise<'died'>; isDead: boolean } {
    const { promise: died, resolve: die } = Promise.withResolvers<'died'>();
    const self = { died, isDead: false, process: world.start((name, call) => gate(name, call)) };
    const never = new Promise<never>(() => {});
    const kill = (): Promise<never> => {
      self.isDead = true;
      die('died');
      return never;
    };
    const gate: PortGate = async (name, call) => {
      if (self.isDead) return never;
      calls.push(name);
      const mishap = mishaps.find(({ at }) => at === calls.length);
      if (mishap === undefined) {
        const result = await call();
        return self.isDead ? never : result;
      }
      struck.push(name);
      if (mishap.fault.startsWith('killed') || (name === 'judgements.begin' && mishap.fault === 'reply lost'))
        unended++;
      if (mishap.fault === 'killed before') return kill();
      if (mishap.fault === 'refused') throw faultOf(name, mishap.fault);
      await call();
      if (mishap.fault === 'killed after') return kill();
      throw faultOf(name, mishap.fault);
    };
    return self;
  }

  function restart(): void {
    world.queue.wipe();
    life = startLife();
  }

  /** Lets the process do something; `failed` if it threw, `died` if it was killed at it, and then there is a new one. */
  async function act(work: (process: LazaretProcess) => Promise<void>): Promise<'done' | 'failed' | 'died'> {
    const attempt = work(life.process).then(
      () => 'done' as const,
      () => 'failed' as const,
    );
    const end = await Promise.race([attempt, life.died]);
    if (end === 'died') restart();
    return end;
  }

  async function drain(): Promise<void> {
    for (let job = world.queue.take(); job !== undefined; job = world.queue.take()) {
      const current = job;
      let end: 'done' | 'failed' | 'died' = 'failed';
      for (let tries = 0; end === 'failed' && tries < MAX_TRIES; tries++) {
        end = await act((process) => process.work(current));
      }
      world.queue.end(current);
    }
  }

  async function round(): Promise<void> {
    await act((process) => process.sweep());
    await drain();
  }

  return {
    calls,
    struck,
    unended: () => unended,
    process: () => life.process,
    restart,
    drain,
    round,
    deliver: async (event) => {
      while ((await act((process) => process.receive([event]))) !== 'done');
    },
    untilQuiet: async () => {
      for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
        await round();
        if (world.queue.size() === 0 && (await openWork(pool)).length === 0) return;
        world.advance(STEP_MS);
      }
      throw new Error(`still at work after ${MAX_ROUNDS} rounds: ${(await openWork(pool)).join(', ')}`);
    },
  };
}

/** What is on record and not at its end, in words. */
async function openWork(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string }>(`
    SELECT 'subject ' || state || ' ' || repository AS what FROM subjects
      WHERE requested_seq > judged_seq OR state IN ('pending', 'waiting')
    UNION ALL SELECT 'effect ' || kind || ' ' || state FROM effects WHERE state IN ('pending', 'sending', 'held')
    UNION ALL SELECT 'event ' || state FROM inbox_events WHERE state = 'unresolved'`);
  return rows.map(({ what }) => what);
}

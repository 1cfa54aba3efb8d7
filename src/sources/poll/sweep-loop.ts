import type { Logger } from 'pino';
import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import type { Sweep } from '../../ports/sweep-record.ts';
import type { PollSourceDeps, PollSourceOptions, SweepTarget } from './poll-options.ts';
import { sweepAsked } from './sweep-asked.ts';
import { sweepRegistry } from './sweep-registry.ts';
import type { SweepWork } from './sweep-repository.ts';
import { SweepTaken } from './sweep-taken.ts';

/** How often the record is asked whether a sweep is due, or one that another had is free. */
const LOOK_MS = 5_000;
const FIRST_RETRY_MS = 5_000;
/** However long a registry was down, its sweep continues soon after. */
const RETRY_MOST_MS = 300_000;
/** After so many failed attempts in a row, which take minutes, people are told. */
const FAILURES_TOLD = 5;
/** Signs of life in the time of a lease. */
const RENEWALS = 3;

export interface SweepLoop {
  readonly target: SweepTarget;
  readonly options: PollSourceOptions;
  readonly deps: PollSourceDeps;
  /** The number of the sweep that this process took last, which is kept here. */
  readonly last: { number?: number };
  readonly signal: AbortSignal;
}

/** Takes the sweep of one registry if it is due and goes on with it; resolves with how long to wait before the next look. */
export async function sweepWhenDue({ target, options, deps, last, signal }: SweepLoop): Promise<number> {
  const logger = deps.logger.child({ registry: target.registryId });
  const place = { sourceId: options.id, registryId: target.registryId };
  const scope = JSON.stringify([target.scope, options.tags]);
  const sweep = await deps.sweeps.take(place, { scope, owner: deps.owner, now: deps.clock() });
  if (sweep === null) return LOOK_MS;
  if (!sweep.isDue) return lookBetween({ sweep, target, options, deps: { ...deps, logger }, signal });
  const isContested = isBaselineAgain(sweep, last);
  if (isContested) deps.concerns.raise({ id: options.id, kind: 'unswept', problem: describeContest(sweep) });
  last.number = sweep.number;
  const lease = keepAlive(sweep, deps);
  const work = { sweep, target, options, deps: { ...deps, logger }, signal: AbortSignal.any([signal, lease.signal]) };
  try {
    const counts = await sweepRegistry(work, options.everyMs);
    logger.info({ sweep: sweep.number, isBaseline: sweep.isBaseline, ...counts }, 'sweep done');
    deps.metrics.sweep(target.registryId, counts.faults === 0 ? 'whole' : 'partial');
    // Otherwise the two would sweep without a pause, each at once after the other.
    return isContested ? options.everyMs : LOOK_MS;
  } catch (error) {
    if (error instanceof SweepTaken || lease.signal.aborted) {
      logger.info({ sweep: sweep.number }, 'another process goes on with this sweep');
      return LOOK_MS;
    }
    if (signal.aborted) {
      await deps.sweeps.putOff(sweep, deps.clock(), { isFailure: false });
      return 0;
    }
    return await breakOff({ sweep, options, deps, logger }, error);
  } finally {
    lease.end();
  }
}

/** Looks at what was asked for while no sweep is due. A registry that does not answer is no trouble of a sweep's yet. */
async function lookBetween({ signal, ...work }: Omit<SweepWork, 'deps'> & Pick<Attempt, 'deps'>): Promise<number> {
  const { sweep, deps } = work;
  const lease = keepAlive(sweep, deps);
  try {
    await sweepAsked({ ...work, signal: AbortSignal.any([signal, lease.signal]) });
  } catch (error) {
    if (!(error instanceof SweepTaken) && !(error instanceof FaultError) && !signal.aborted && !lease.signal.aborted)
      throw error;
    if (error instanceof FaultError)
      deps.logger.warn({ err: error }, 'what was announced could not be looked at; it is tried again');
  } finally {
    lease.end();
  }
  await deps.sweeps.letGo(sweep);
  return LOOK_MS;
}

/** The scope of a process never changes: between two of its own sweeps somebody swept with another. */
function isBaselineAgain({ isBaseline, number }: Sweep, last: SweepLoop['last']): boolean {
  return isBaseline && last.number !== undefined && number > last.number;
}

function describeContest({ registryId }: Sweep): string {
  return `${registryId}: another daemon on this record sweeps it with other \`repositories\` or \`tags\`, so that every sweep is a baseline again, of which nothing new is acted on. Give all daemons the same configuration`;
}

interface Attempt {
  readonly sweep: Sweep;
  readonly options: PollSourceOptions;
  readonly deps: PollSourceDeps;
  readonly logger: Logger;
}

/**
 * Breaks the sweep off where it is, to be continued later: asking a dead registry for each of its repositories helps
 * nobody.
 */
async function breakOff({ sweep, options, deps, logger }: Attempt, error: unknown): Promise<number> {
  if (!(error instanceof FaultError)) throw error;
  const waitMs = error.retryable
    ? Math.max(backOff(FIRST_RETRY_MS, sweep.failures, RETRY_MOST_MS), Math.min(error.retryAfterMs ?? 0, RETRY_MOST_MS))
    : options.everyMs;
  logger.warn({ err: error, sweep: sweep.number, waitMs }, 'a sweep was broken off; it goes on from where it had come');
  deps.metrics.sweep(sweep.registryId, 'broken-off');
  if (!error.retryable || sweep.failures + 1 >= FAILURES_TOLD) {
    const problem = [`${sweep.registryId}: ${error.code}: ${error.message}`, error.hint ?? ''].join('. ').trim();
    deps.concerns.raise({ id: sweep.sourceId, kind: 'unswept', problem });
  }
  await deps.sweeps.putOff(sweep, new Date(deps.clock().getTime() + waitMs), { isFailure: true });
  return Math.min(waitMs, LOOK_MS);
}

/** Renews the lease of a sweep for as long as it takes; the signal fires when another has it. */
function keepAlive(sweep: Sweep, deps: PollSourceDeps): { readonly signal: AbortSignal; end(): void } {
  const lost = new AbortController();
  const timer = setInterval(() => {
    deps.sweeps.renew(sweep, deps.clock()).then(
      (isOurs) => {
        if (!isOurs) lost.abort(new SweepTaken());
      },
      // If the record is down, the next write reports it; when the lease ends, another process may take the sweep over.
      () => undefined,
    );
  }, deps.leaseMs / RENEWALS);
  return { signal: lost.signal, end: () => clearInterval(timer) };
}

import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import type { AskedRepository } from '../../ports/sweep-record.ts';
import { sweepIfTold } from './sweep-if-told.ts';
import type { SweepWork } from './sweep-repository.ts';
import { keepOn } from './sweep-taken.ts';

const FIRST_RETRY_MS = 30_000;
const RETRY_MOST_MS = 300_000;
/** After so many looks that could not tell it, which take eight minutes, it is left to the next sweep. */
const FAILURES_MOST = 5;
/** One after the other between two looks at the record, which are some seconds apart, and no more when these are over. */
const AT_ONCE = 20;
const TURN_MS = 5_000;

/**
 * Looks at repositories that were asked for, the one that waits longest first, when no sweep is under way: for so long
 * that a sweep which becomes due waits for one of them at most.
 * @throws {SweepTaken} @throws {FaultError} the registry does not answer, or the record
 */
export async function sweepAsked(work: SweepWork): Promise<void> {
  const { deps, signal } = work;
  const end = deps.clock().getTime() + TURN_MS;
  for (let done = 0; done < AT_ONCE && deps.clock().getTime() < end; done++) {
    signal.throwIfAborted();
    if (!(await sweepNextAsked(work))) return;
  }
}

/**
 * Looks at the repository that was asked for and waits longest; false if none does. What is found there was announced.
 * @throws {SweepTaken} @throws {FaultError} the registry does not answer, or the record: it goes on waiting
 */
export async function sweepNextAsked(work: SweepWork): Promise<boolean> {
  const { sweep, target, deps } = work;
  const asked = await deps.sweeps.takeAsked(sweep, deps.clock());
  if (asked === null) return false;
  const isSeen = !target.covers(asked.repository.name) || (await look(work, asked));
  const isLeft = !isSeen && asked.failures + 1 >= FAILURES_MOST;
  keepOn(
    await deps.sweeps.endAsked(sweep, asked, {
      again: isSeen || isLeft ? undefined : retryAt(work, asked),
      now: deps.clock(),
    }),
  );
  deps.metrics.askedLook(sweep.registryId, isSeen ? 'seen' : 'left-out');
  return true;
}

async function look(work: SweepWork, asked: AskedRepository): Promise<boolean> {
  const { sweep, deps } = work;
  try {
    const { faults } = await sweepIfTold({ ...work, isAsked: true }, asked.repository);
    return faults === 0;
  } catch (error) {
    // The registry is away: it waits for as long as that takes.
    if (error instanceof FaultError && error.code.startsWith('REGISTRY_')) {
      await deps.sweeps.endAsked(sweep, asked, { again: retryAt(work, asked), now: deps.clock() });
    }
    throw error;
  }
}

function retryAt({ deps }: SweepWork, { failures }: AskedRepository): Date {
  return new Date(deps.clock().getTime() + backOff(FIRST_RETRY_MS, failures, RETRY_MOST_MS));
}

import { isRepositoryName } from '../../domain/image-reference.ts';
import { FaultError } from '../../kit/errors.ts';
import type { MetRepository, SweepCounts } from '../../ports/sweep-record.ts';
import { type SweepWork, sweepRepository } from './sweep-repository.ts';
import { keepOn } from './sweep-taken.ts';

/** Far more than any registry has of a hundred or a thousand: a list that pages in a circle ends there. */
const PAGES_MOST = 100_000;

/**
 * Goes on with a sweep to its end: every repository that is listed and covered, page by page. One that cannot be told is
 * left out while the registry answers; the next sweep comes to it. Resolves with what it had to leave out.
 * @throws {SweepTaken} @throws {FaultError} the registry does not answer, or the record: it is gone on with later
 */
export async function sweepRegistry(work: SweepWork, everyMs: number): Promise<SweepCounts> {
  const { sweep, target, deps, signal } = work;
  const total = { ...NOTHING };
  let { from } = sweep;
  for (let pages = 1; ; pages++) {
    const page = await target.inventory.listRepositories(from, signal);
    for (const reason of page.notTold ?? []) deps.logger.warn({ reason }, 'a sweep cannot see everything');
    const counts = await sweepPage(work, page.entries);
    add(total, counts);
    const isLast = page.next === undefined || page.next === from || pages === PAGES_MOST;
    const now = deps.clock();
    if (isLast) {
      const nextAt = new Date(Math.max(sweep.startedAt.getTime() + everyMs, now.getTime()));
      keepOn(await deps.sweeps.end(sweep, { counts, nextAt, now }));
      return total;
    }
    keepOn(await deps.sweeps.turnPage(sweep, page.next, { counts, now }));
    from = page.next;
  }
}

const NOTHING: SweepCounts = { repositories: 0, tags: 0, found: 0, faults: 0 };
type Sum = { -readonly [K in keyof SweepCounts]: number };

async function sweepPage(work: SweepWork, names: readonly string[]): Promise<SweepCounts> {
  const counts: Sum = { ...NOTHING };
  const covered = names.filter((name) => isRepositoryName(name) && work.target.covers(name));
  for (const repository of await work.deps.sweeps.meet(work.sweep, covered)) {
    work.signal.throwIfAborted();
    if (!repository.isSwept) add(counts, await sweepIfTold(work, repository));
  }
  return counts;
}

async function sweepIfTold(work: SweepWork, repository: MetRepository): Promise<SweepCounts> {
  try {
    return await sweepRepository(work, repository);
  } catch (error) {
    if (!(error instanceof FaultError) || !error.code.startsWith('REGISTRY_')) throw error;
    // If the registry does not answer this either, it is down, and everything that follows would be left out too.
    if (error.code === 'REGISTRY_RATE_LIMITED' || !(await answers(work))) throw error;
    work.deps.logger.warn(
      { err: error, repository: repository.name },
      'a repository could not be swept and is left out; the next sweep tries again',
    );
    return { ...NOTHING, faults: 1 };
  }
}

async function answers({ target, signal }: SweepWork): Promise<boolean> {
  try {
    await target.probe(signal);
    return true;
  } catch (error) {
    if (error instanceof FaultError) return false;
    throw error;
  }
}

function add(sum: Sum, counts: SweepCounts): void {
  sum.repositories += counts.repositories;
  sum.tags += counts.tags;
  sum.found += counts.found;
  sum.faults += counts.faults;
}

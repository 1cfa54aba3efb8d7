import { isRepositoryName } from '../../domain/image-reference.ts';
import type { SweepCounts } from '../../ports/sweep-record.ts';
import { sweepNextAsked } from './sweep-asked.ts';
import { sweepIfTold } from './sweep-if-told.ts';
import type { SweepWork } from './sweep-repository.ts';
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
  const share = { sweepMs: 0, askedMs: 0 };
  let { from } = sweep;
  for (let pages = 1; ; pages++) {
    const page = await target.inventory.listRepositories(from, signal);
    for (const reason of page.notTold ?? []) deps.logger.warn({ reason }, 'a sweep cannot see everything');
    const counts = await sweepPage(work, page.entries, share);
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

/** How the time of a sweep is shared with the looks that are asked for meanwhile. */
interface Share {
  sweepMs: number;
  askedMs: number;
}

/** Whatever is asked for, and however long it takes: the sweep has half of the time. */
async function lookBetween(work: SweepWork, share: Share): Promise<void> {
  if (share.askedMs > share.sweepMs) return;
  const from = work.deps.clock().getTime();
  await sweepNextAsked(work);
  share.askedMs += work.deps.clock().getTime() - from;
}

async function sweepPage(work: SweepWork, names: readonly string[], share: Share): Promise<SweepCounts> {
  const counts: Sum = { ...NOTHING };
  const covered = names.filter((name) => isRepositoryName(name) && work.target.covers(name));
  for (const repository of await work.deps.sweeps.meet(work.sweep, covered)) {
    work.signal.throwIfAborted();
    if (repository.isSwept) continue;
    const from = work.deps.clock().getTime();
    add(counts, await sweepIfTold(work, repository));
    share.sweepMs += work.deps.clock().getTime() - from;
    await lookBetween(work, share);
  }
  return counts;
}

function add(sum: Sum, counts: SweepCounts): void {
  sum.repositories += counts.repositories;
  sum.tags += counts.tags;
  sum.found += counts.found;
  sum.faults += counts.faults;
}

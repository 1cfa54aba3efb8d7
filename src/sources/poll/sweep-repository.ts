import type { RegistryEvent } from '../../domain/registry-event.ts';
import { FaultError } from '../../kit/errors.ts';
import type { Found } from '../../ports/event-source.ts';
import type { ListedTag } from '../../ports/registry-inventory.ts';
import type { MetRepository, SeenTag, Sweep, SweepCounts } from '../../ports/sweep-record.ts';
import { isChosen, NewestTags } from './choose-tags.ts';
import type { PollSourceDeps, PollSourceOptions, SweepTarget } from './poll-options.ts';
import { keepOn } from './sweep-taken.ts';

/** One sweep at work. */
export interface SweepWork {
  readonly sweep: Sweep;
  readonly target: SweepTarget;
  readonly options: Pick<PollSourceOptions, 'tags' | 'baseline'>;
  readonly deps: Pick<PollSourceDeps, 'receiver' | 'sweeps' | 'clock' | 'logger' | 'metrics'>;
  readonly signal: AbortSignal;
  /** An event said that something was pushed to this repository, so what is new there was announced. */
  readonly isAsked?: true;
}

/** Tags that are looked up, handed in and written at a time. */
const CHUNK = 100;
/** Tags that are asked for at a time: what else the registry bears its gate knows. */
const AT_ONCE = 8;
/** So many tags of one repository that cannot be told are left out; one more, and the whole repository is. */
const FAULTS_MOST = 3;
/** A list that goes on for ever: 10,000 pages of a thousand. */
const PAGES_MOST = 10_000;

/**
 * Goes through the tags of one repository and hands in where those lead that are new or have moved.
 * @throws {SweepTaken} @throws {FaultError} of the registry or the record: the repository is left out
 */
export async function sweepRepository(work: SweepWork, repository: MetRepository): Promise<SweepCounts> {
  const counts = { repositories: 1, tags: 0, found: 0, faults: 0 };
  for await (const chunk of chooseChunks(work, repository.name)) {
    const done = await sweepChunk(work, repository, { chunk, faultsLeft: FAULTS_MOST - counts.faults });
    counts.tags += chunk.length;
    counts.found += done.found;
    counts.faults += done.faults;
  }
  const end = { isWhole: counts.faults === 0, now: work.deps.clock() };
  keepOn(await work.deps.sweeps.endRepository(work.sweep, repository, end));
  return counts;
}

async function* chooseChunks(work: SweepWork, repository: string): AsyncGenerator<readonly ListedTag[]> {
  const { tags: filter } = work.options;
  const newest = filter.newest === undefined ? undefined : new NewestTags(filter.newest);
  for await (const page of listPages(work, repository)) {
    const chosen = page.filter(({ tag }) => isChosen(filter, tag));
    if (newest === undefined) yield* cut(chosen);
    else newest.add(chosen);
  }
  if (newest !== undefined) yield* cut(newest.take());
}

async function* listPages(
  { target, deps, signal }: SweepWork,
  repository: string,
): AsyncGenerator<readonly ListedTag[]> {
  let from: string | undefined;
  for (let pages = 0; pages < PAGES_MOST; pages++) {
    const page = await target.inventory.listTags(repository, from, signal);
    // It is listed but not there, so it is treated as one without tags.
    if (page === null) return;
    for (const reason of page.notTold ?? []) deps.logger.warn({ repository, reason }, 'a sweep cannot see everything');
    yield page.entries;
    if (page.next === undefined || page.next === from) return;
    from = page.next;
  }
}

function* cut(tags: readonly ListedTag[]): Generator<readonly ListedTag[]> {
  for (let at = 0; at < tags.length; at += CHUNK) yield tags.slice(at, at + CHUNK);
}

interface Chunk {
  readonly chunk: readonly ListedTag[];
  readonly faultsLeft: number;
}

async function sweepChunk(
  work: SweepWork,
  repository: MetRepository,
  { chunk, faultsLeft }: Chunk,
): Promise<{ readonly found: number; readonly faults: number }> {
  const { sweep, deps } = work;
  const known = await deps.sweeps.readTags(
    sweep,
    repository,
    chunk.map(({ tag }) => tag),
  );
  const open = chunk.filter(({ tag }) => known.get(tag)?.isSeen !== true);
  const { seen, faults } = await resolveAll(work, repository.name, { tags: open, faultsLeft });
  const place = { registryId: sweep.registryId, repository: repository.name };
  const images = await deps.sweeps.findKnown(
    place,
    seen.map(({ digest }) => digest),
  );
  const news: ResolvedTag[] = [];
  for (const each of seen) {
    const image = images.get(each.digest);
    const isSame = known.get(each.tag)?.digest === each.digest;
    // The tag was announced, or handed in when it was first seen, so it is no news unless the image was gone meanwhile.
    if (image?.isGone === false ? isSame || image.tags.includes(each.tag) : isSame && image === undefined) continue;
    if (isSame && !(await isThere(work, repository.name, each))) continue;
    news.push(each);
  }
  if (news.length > 0) await handIn(work, repository, news);
  keepOn(await deps.sweeps.keepTags(sweep, repository, seen, deps.clock()));
  return { found: news.length, faults };
}

interface ResolvedTag extends SeenTag {
  readonly pushedAt?: Date;
}

/** What lists name is asked for where they do not say where it leads. */
async function resolveAll(
  work: SweepWork,
  repository: string,
  { tags, faultsLeft }: { readonly tags: readonly ListedTag[]; readonly faultsLeft: number },
): Promise<{ readonly seen: readonly ResolvedTag[]; readonly faults: number }> {
  const seen: ResolvedTag[] = [];
  let faults = 0;
  for (let at = 0; at < tags.length; at += AT_ONCE) {
    const asked = tags.slice(at, at + AT_ONCE).map((tag) => resolve(work, repository, tag));
    for (const answer of await Promise.all(asked)) {
      if (answer instanceof FaultError) {
        if (++faults > faultsLeft) throw answer;
        work.deps.logger.info(
          { err: answer, repository },
          'where a tag leads could not be told; the next sweep asks again',
        );
      } else if (answer !== null) seen.push(answer);
    }
  }
  return { seen, faults };
}

async function resolve(
  { target, signal }: SweepWork,
  repository: string,
  { tag, digest, pushedAt }: ListedTag,
): Promise<ResolvedTag | FaultError | null> {
  try {
    const found = digest ?? (await target.inventory.resolveTag(repository, tag, signal));
    return found === null ? null : { tag, digest: found, ...(pushedAt !== undefined && { pushedAt }) };
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
}

/** Whether the registry has what it lists and did not have before; where nobody can tell, it is looked at anyhow. */
async function isThere({ target, signal }: SweepWork, repository: string, { tag, digest }: SeenTag): Promise<boolean> {
  if (!target.inventory.tellsDigests) return true;
  return (await target.inventory.resolveTag(repository, tag, signal)) === digest;
}

async function handIn(work: SweepWork, repository: MetRepository, tags: readonly ResolvedTag[]): Promise<void> {
  const { sweep, deps, target } = work;
  const found = foundHow(repository, work);
  const listener = {
    sourceId: sweep.sourceId,
    registryIds: [sweep.registryId],
    ...(found !== undefined && { found }),
  };
  await deps.receiver.receive(
    listener,
    tags.map((each) => eventOf(target.host, repository.name, each)),
  );
}

function foundHow({ isBaseline }: MetRepository, { options, isAsked }: SweepWork): Found | undefined {
  if (!isBaseline) return isAsked ? undefined : 'unannounced';
  return options.baseline === 'record' ? 'baseline' : 'present';
}

function eventOf(host: string, repository: string, { tag, digest, pushedAt }: ResolvedTag): RegistryEvent {
  return {
    kind: 'push',
    reason: null,
    host,
    repository,
    tag,
    digest,
    mediaType: null,
    actor: null,
    time: pushedAt?.toISOString() ?? null,
    eventId: null,
  };
}

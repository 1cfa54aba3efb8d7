import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Digest } from '../../domain/digest.ts';
import { formatImageReference } from '../../domain/image-reference.ts';
import type { RegistryEvent } from '../../domain/registry-event.ts';
import { eachBounded } from '../../kit/each-bounded.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { createReceiver } from '../../pipeline/receive/receive-push.ts';
import type { EventReceiver } from '../../ports/event-source.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Records } from '../../records/create-records.ts';
import { openRecord } from '../quarantine/open-record.ts';
import { silentLogger } from '../silent-logger.ts';
import type { FoundImage } from './find-images.ts';
import type { FoundRepository } from './find-repositories.ts';
import type { ScanPlace } from './scan-places.ts';
import type { ScanProgress } from './scan-progress.ts';
import { walkImages } from './walk-images.ts';

/** How often the record is asked, and of how many images at a time. */
const LOOK_MS = 500;
const LOOK_AT = 200;
const LOOKS_AT_ONCE = 8;
/** A daemon that is busy with pushes judges something in this time; with none, nothing is judged. */
const SILENCE_MS = 120_000;

interface Waiting {
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly registryId: string;
  readonly repository: string;
}

/**
 * Puts what these places hold on the daemon's record as what lay there before, which marks nothing and tells nobody, and
 * follows it until the daemon has judged it. What it has judged already is taken from the record.
 * @throws {InvalidInputError} `USAGE_INVALID`: a host that is not configured, or no daemon has run yet
 * @throws {FaultError} of the database
 */
export async function judgeByDaemon(
  places: readonly ScanPlace[],
  { config, signal, dryRun }: { readonly config: Config; readonly signal: AbortSignal; readonly dryRun: boolean },
  progress: ScanProgress,
): Promise<void> {
  assertConfigured(places, config);
  const record = await openRecord(config);
  if (record === null) {
    const message = 'no daemon has run on this data folder yet';
    const hint = 'Start it (lazaret serve), or judge here with --policy.';
    throw new InvalidInputError('USAGE_INVALID', 'there is no record to put images on', [
      { where: config.dataDir, message, hint },
    ]);
  }
  try {
    const { records } = record;
    const waiting: Waiting[] = [];
    const receiver = openReceiver(places, config, records);
    const visit = async (found: FoundRepository, image: FoundImage): Promise<void> => {
      if (dryRun) await tellKnown(found, toWaiting(found, image), { records, progress });
      else waiting.push(await handOver(receiver, found, image));
    };
    const isCovered = (): boolean => true;
    await walkImages(places, { progress, signal, isCovered, visit });
    await follow(waiting, { records, progress, signal });
  } finally {
    await record.close();
  }
}

function assertConfigured(places: readonly ScanPlace[], { registries }: Config): void {
  const ids = registries.map(({ id }) => id);
  const unknown = places.filter(({ registries: { own } }) => !ids.includes(own.id));
  if (unknown.length === 0) return;
  const issues = unknown.map(({ registries: { own } }) => ({
    where: own.host,
    message: 'is no registry of the configuration, so the daemon does not know it',
    hint: 'Judge it here with --policy.',
  }));
  throw new InvalidInputError('USAGE_INVALID', 'the daemon judges what its configuration names', issues);
}

// The queue is the daemon's: its sweeper takes what is on record.
function openReceiver(places: readonly ScanPlace[], config: Config, { inbox }: Records): EventReceiver {
  const nothing = (): void => undefined;
  return createReceiver({
    inbox,
    queue: { add: async () => undefined },
    registries: new Map(places.map(({ registries: { own } }) => [own.id, own])),
    policies: () => config.policies,
    judgedUnder: () => ({ policyRevision: config.policies.revision, trustEpoch: 0 }),
    quarantineTag: config.quarantine.tag,
    sweptBy: () => [],
    concerns: { raise: nothing },
    clock: () => new Date(),
    logger: silentLogger(),
    metrics: {
      event: nothing,
      parked: nothing,
      eventOfNoRegistry: nothing,
      eventOfNoImage: nothing,
      enqueueFailed: nothing,
    },
  });
}

async function handOver(receiver: EventReceiver, found: FoundRepository, image: FoundImage): Promise<Waiting> {
  const { place, repository } = found;
  const { digest, tags } = image;
  const { id: registryId, host } = place.registries.own;
  const nothing = { reason: null, mediaType: null, actor: null, time: null, eventId: null };
  const named: readonly (string | null)[] = tags.length === 0 ? [null] : tags;
  const events = named.map((tag): RegistryEvent => ({ kind: 'push', host, repository, tag, digest, ...nothing }));
  await receiver.receive({ sourceId: 'scan', registryIds: [registryId], found: 'baseline' }, events);
  return toWaiting(found, image);
}

function toWaiting({ place, repository }: FoundRepository, { digest, tags }: FoundImage): Waiting {
  const { id: registryId, host } = place.registries.own;
  return { image: formatImageReference({ host, repository, digest }), digest, tags, registryId, repository };
}

/** What the record says of it, without putting it there. */
async function tellKnown(
  { place, repository }: FoundRepository,
  image: Waiting,
  { records, progress }: Pick<Following, 'records' | 'progress'>,
): Promise<void> {
  if (!place.registries.own.covers(repository)) return progress.notCovered(1);
  const subject = await records.inbox.findSubject(image);
  if (subject !== null && settle(progress, image, subject)) return;
  const reason = 'It is not judged yet. Without --dry-run it is put on record, and the daemon judges it.';
  progress.notTold({ where: image.image, code: 'NOT_JUDGED', reason });
}

interface Following {
  readonly records: Records;
  readonly progress: ScanProgress;
  readonly signal: AbortSignal;
}

/** Asks the record again and again for what is not judged yet, some at a time, in turn. */
async function follow(images: readonly Waiting[], { records, progress, signal }: Following): Promise<void> {
  let waiting = images;
  let heardAt = performance.now();
  while (waiting.length > 0 && !signal.aborted) {
    const asked = waiting.slice(0, LOOK_AT);
    const still: Waiting[] = [];
    await eachBounded(asked, LOOKS_AT_ONCE, async (image) => {
      const subject = await records.inbox.findSubject(image);
      if (!settle(progress, image, subject)) still.push(image);
    });
    if (still.length < asked.length) heardAt = performance.now();
    waiting = [...waiting.slice(LOOK_AT), ...still];
    if (still.length === asked.length) {
      if (performance.now() - heardAt > SILENCE_MS) break;
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  if (signal.aborted) return;
  const reason = `No daemon has judged it within ${SILENCE_MS / 60_000} minutes; it is on record and will be.`;
  for (const { image } of waiting) progress.notTold({ where: image, code: 'NOT_JUDGED', reason });
}

/** Notes what is on record of it; `false` if that is nothing yet. */
function settle(progress: ScanProgress, { image, digest, tags }: Waiting, subject: SubjectRecord | null): boolean {
  if (subject === null) progress.notCovered(1);
  else if (subject.state === 'evidence' || subject.state === 'artifact') progress.notImage();
  else if (subject.state === 'gone') progress.gone(image);
  else if (subject.verdict === null) return false;
  else {
    const { outcome, code, reason } = subject.verdict.verdict;
    progress.judged({ image, digest, tags, outcome, code, reason });
  }
  return true;
}

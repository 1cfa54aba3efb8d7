import { type Digest, parseDigest } from '../../domain/digest.ts';
import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import type { RegistryEvent } from '../../domain/registry-event.ts';

const UNNAMED = 'it names neither a tag nor a well-formed digest: a sweep is to look at its repository';

/** What a dialect found in one event, before the rules that hold for every registry. */
export interface RawEvent {
  readonly kind: RegistryEvent['kind'];
  /** Why it is ignored; only for `ignored`. */
  readonly reason?: string;
  readonly host: string | null;
  readonly repository: string | null;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly mediaType?: string | null;
  readonly actor?: string | null;
  readonly time?: string | null;
  readonly eventId?: string | null;
}

/**
 * Makes the event of what a dialect found, by the rules of every registry: a malformed digest counts as none; an
 * empty tag, one that is no tag by the distribution grammar and one that repeats the digest all mean no tag; an event
 * that names no repository that can exist is ignored, and so is one that names neither tag nor digest: it is unnamed.
 */
export function announceEvent(raw: RawEvent): RegistryEvent {
  const digest = parseDigest(raw.digest) ?? parseDigest(raw.tag) ?? null;
  const tag = raw.tag !== null && isTagName(raw.tag) ? raw.tag : null;
  const reason = raw.kind === 'ignored' ? (raw.reason ?? 'not a push') : findObstacle(raw, tag, digest);
  return {
    kind: reason === null ? raw.kind : 'ignored',
    reason,
    host: raw.host,
    repository: raw.repository,
    tag,
    digest,
    mediaType: raw.mediaType ?? null,
    actor: raw.actor ?? null,
    time: raw.time ?? null,
    eventId: raw.eventId ?? null,
    ...(reason === UNNAMED && raw.kind !== 'ignored' && { isUnnamed: true }),
  };
}

/** The event of what announces no image, of which nothing else was read. */
export function ignoredEvent(
  reason: string,
  { time, eventId }: Pick<RawEvent, 'time' | 'eventId'> = {},
): RegistryEvent {
  const nothing = { host: null, repository: null, tag: null, digest: null };
  return announceEvent({ kind: 'ignored', reason, ...nothing, ...(time && { time }), ...(eventId && { eventId }) });
}

function findObstacle(raw: RawEvent, tag: string | null, digest: Digest | null): string | null {
  if (raw.repository === null) return 'it names no repository';
  if (!isRepositoryName(raw.repository)) return 'its repository is not a name a registry can hold';
  if (tag === null && digest === null) return UNNAMED;
  return null;
}

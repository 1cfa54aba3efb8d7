import type { Digest } from '../domain/digest.ts';
import { isRepositoryName, isTagName } from '../domain/image-reference.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { Subject } from '../domain/subject.ts';
import { isFailing } from '../domain/verdict.ts';
import type { EventInbox, IntakeDecision } from '../ports/event-inbox.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';

/** What intake asks while it decides. */
export interface IntakeContext {
  /** The registry whose event it is. */
  readonly registry: Pick<ConfiguredRegistry, 'id' | 'covers'>;
  readonly findSubject: EventInbox['findSubject'];
  readonly findMark: EventInbox['findMark'];
  /** The names a quarantine tag of ours may have on this digest. */
  readonly markNames: (digest: Digest) => readonly string[];
  /** Digest of the artifact we point our tag to when the quarantine of this digest is lifted. */
  readonly releasedDigest: (digest: Digest) => Digest;
}

/**
 * Decides what becomes of one announced event: `judge` its digest, `resolve` its tag first, `check` the mark of an image
 * after a removal, or `ignore` it with the reason. The event's host decides nothing here, and no address in an event is ever contacted.
 * @throws {FaultError} `DATABASE_UNAVAILABLE` from the two lookups
 */
export async function decideIntake(event: RegistryEvent, context: IntakeContext): Promise<IntakeDecision> {
  const clean = withoutUnusableTag(event);
  if (clean.kind === 'delete') return decideRemoval(clean, context);
  const obstacle = findObstacle(clean, context.registry) ?? (await findOwnMark(clean, context));
  if (obstacle !== null) return { event: clean, action: 'ignore', reason: obstacle };
  return { event: clean, action: clean.digest === null ? 'resolve' : 'judge', reason: null };
}

function withoutUnusableTag(event: RegistryEvent): RegistryEvent {
  return event.tag === null || isTagName(event.tag) ? event : { ...event, tag: null };
}

function findObstacle(event: RegistryEvent, registry: IntakeContext['registry']): string | null {
  if (event.kind === 'ignored') return event.reason ?? 'not a push';
  if (event.repository === null || !isRepositoryName(event.repository)) {
    return 'its repository is not a name a registry can hold';
  }
  if (!registry.covers(event.repository)) return `the repositories of registry "${registry.id}" do not cover it`;
  if (event.digest === null && event.tag === null) return 'it names neither a tag nor a well-formed digest';
  return null;
}

/** A removal is of interest where an image we have marked is said to be gone, or its mark. */
async function decideRemoval(event: RegistryEvent, context: IntakeContext): Promise<IntakeDecision> {
  const obstacle = findObstacle(event, context.registry);
  const marked = obstacle === null ? await findRemoved(event, context) : null;
  if (marked !== null) return { event, action: 'check', about: marked.digest, reason: null };
  return { event, action: 'ignore', reason: obstacle ?? 'it announces a removal, of nothing we have marked' };
}

async function findRemoved({ repository, tag, digest }: RegistryEvent, context: IntakeContext) {
  if (repository === null) return null;
  const { id: registryId } = context.registry;
  const named = digest === null ? null : await context.findSubject({ registryId, repository, digest });
  if (isMarked(named)) return named;
  return tag === null ? null : context.findMark(registryId, repository, tag);
}

/**
 * Our own tag comes back as a push event on most registries. The name alone proves nothing, or an attacker could hide
 * an image behind it: the digest must be one we have marked, or are about to mark, under exactly this name, or the
 * "released" artifact we put there.
 */
async function findOwnMark(event: RegistryEvent, context: IntakeContext): Promise<string | null> {
  const { repository, tag, digest } = event;
  if (repository === null || tag === null || digest === null) return null;
  const registryId = context.registry.id;
  const subject: Subject = { registryId, repository, digest };
  const isOurName = context.markNames(digest).includes(tag);
  if (isOurName && isMarked(await context.findSubject(subject))) return 'it is our own quarantine tag';
  const marked = await context.findMark(registryId, repository, tag);
  // The image is being looked at again while its tag is put: the write that has begun says whose tag it is.
  if (isOurName) return marked?.digest === digest ? 'it is our own quarantine tag' : null;
  return marked !== null && isReleased(marked, digest, context) ? 'it is our own "released" artifact' : null;
}

/** Its bytes are known before it is written, so the echo is recognised even if it comes before the record of it. */
function isReleased(marked: SubjectRecord, digest: Digest, context: IntakeContext): boolean {
  return digest === marked.releasedArtifact || digest === context.releasedDigest(marked.digest);
}

function isMarked(subject: SubjectRecord | null): boolean {
  if (subject === null) return false;
  if (subject.mark === 'quarantined') return true;
  // The verdict is committed before the tag is put, so the echo never finds less than this.
  const verdict = subject.verdict;
  return verdict?.final === true && isFailing(verdict.verdict.outcome);
}

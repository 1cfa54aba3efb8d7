import { isRepositoryName, isTagName } from '../domain/image-reference.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { IntakeDecision, PlainPush } from '../ports/event-inbox.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import { type ClaimContext, isMarked, readClaim } from './read-claim.ts';

/** What intake asks while it decides. */
export interface IntakeContext extends ClaimContext {
  /** The registry whose event it is. */
  readonly registry: Pick<ConfiguredRegistry, 'id' | 'covers'>;
  /** The sources that sweep it. */
  readonly sweptBy: readonly string[];
}

/**
 * Decides what becomes of one announced event: `judge` its digest, `resolve` its tag first, `check` the mark of an image
 * after a removal, `look` at its repository where it names no image, or `ignore` it with the reason. The event's host decides nothing here, and no address in an event is ever contacted.
 * @throws {FaultError} `DATABASE_UNAVAILABLE` from the two lookups
 */
export async function decideIntake(event: RegistryEvent, context: IntakeContext): Promise<IntakeDecision> {
  const clean = withoutUnusableTag(event);
  if (isUnnamed(clean)) return decideLook(clean, context);
  if (clean.kind === 'delete') return decideRemoval(clean, context);
  const obstacle = findObstacle(clean, context.registry);
  if (obstacle !== null) return { event: clean, action: 'ignore', reason: obstacle };
  const { echo, undo } = await readClaim(clean, context);
  const wrong = undo === null ? {} : { undo };
  if (echo !== null) return { event: clean, action: 'ignore', reason: echo, ...wrong };
  return { event: clean, action: clean.digest === null ? 'resolve' : 'judge', reason: null, ...wrong };
}

/**
 * The push to judge that an event announces, where that can be said without a look at the record: it names a digest, and
 * its tag has not the shape of our names. `null` for every other. The tag may still be a mark by an earlier template.
 */
export function readPlainPush(
  event: RegistryEvent,
  { registry, looksLikeOurs }: Pick<IntakeContext, 'registry' | 'looksLikeOurs'>,
): PlainPush | null {
  const { repository, tag, digest, ...rest } = withoutUnusableTag(event);
  if (repository === null || digest === null || rest.kind !== 'push' || rest.isUnnamed === true) return null;
  const push = { ...rest, repository, tag, digest };
  if (findObstacle(push, registry) !== null) return null;
  return tag !== null && looksLikeOurs(tag) ? null : push;
}

function withoutUnusableTag(event: RegistryEvent): RegistryEvent {
  return event.tag === null || isTagName(event.tag) ? event : { ...event, tag: null };
}

/** It announces something in its repository, and does not say what. */
function isUnnamed({ kind, isUnnamed, tag, digest }: RegistryEvent): boolean {
  return isUnnamed === true || (kind !== 'ignored' && tag === null && digest === null);
}

function decideLook(event: RegistryEvent, { registry, sweptBy }: IntakeContext): IntakeDecision {
  const obstacle = findPlaceObstacle(event, registry);
  if (obstacle !== null) return { event, action: 'ignore', reason: obstacle };
  const looked =
    sweptBy.length === 0
      ? `no source of the kind "poll" sweeps registry "${registry.id}", which would look at it`
      : 'a sweep looks at its repository';
  return { event, action: 'look', reason: `it names neither a tag nor a well-formed digest: ${looked}`, sweptBy };
}

function findObstacle(event: RegistryEvent, registry: IntakeContext['registry']): string | null {
  if (event.kind === 'ignored') return event.reason ?? 'not a push';
  return findPlaceObstacle(event, registry);
}

function findPlaceObstacle(event: RegistryEvent, registry: IntakeContext['registry']): string | null {
  if (event.repository === null || !isRepositoryName(event.repository)) {
    return 'its repository is not a name a registry can hold';
  }
  if (!registry.covers(event.repository)) return `the repositories of registry "${registry.id}" do not cover it`;
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

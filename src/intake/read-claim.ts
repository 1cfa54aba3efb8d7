import type { Digest } from '../domain/digest.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import { isFailing } from '../domain/verdict.ts';
import type { EventInbox } from '../ports/event-inbox.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';

/** What is asked while a claim is read. */
export interface ClaimContext {
  readonly registryId: string;
  readonly findSubject: EventInbox['findSubject'];
  readonly findMark: EventInbox['findMark'];
  /** The names a quarantine tag of ours may have on this digest. */
  readonly markNames: (digest: Digest) => readonly string[];
  /** Whether a tag has the shape of our names, for whatever digest. */
  readonly looksLikeOurs: (tag: string) => boolean;
  /** Digest of the artifact we point our tag to when the quarantine of this digest is lifted. */
  readonly releasedDigest: (digest: Digest) => Digest;
  /** Digest of the artifact we leave under a name of ours that marks nothing. */
  readonly noMarkDigest: Digest;
}

/** What a push under one of our names says. */
export interface Claim {
  /** Why it is our own doing come back; `null` if it may be anybody's. */
  readonly echo: string | null;
  /** The image that bears the tag rightly, or else the one it was pushed for: the tag may be a false mark. */
  readonly undo: Digest | null;
}

const NO_CLAIM: Claim = { echo: null, undo: null };
const OWN_TAG = 'it is our own quarantine tag';

/**
 * Reads what a push says under one of our names. Our own tag comes back as a push event on most registries; the name
 * alone proves nothing, or an attacker could hide an image behind it: the digest must be one we have marked, or are about
 * to mark, under exactly this name. Any other digest under it, and a passing image under a name of its own, is a false mark.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function readClaim(
  { repository, tag, digest }: Pick<RegistryEvent, 'repository' | 'tag' | 'digest'>,
  context: ClaimContext,
): Promise<Claim> {
  if (repository === null || tag === null || digest === null) return NO_CLAIM;
  const { registryId } = context;
  const looksLikeOurs = context.looksLikeOurs(tag);
  if (looksLikeOurs && digest === context.noMarkDigest) return echo('it is our own "no mark" artifact');
  const marked = await context.findMark(registryId, repository, tag);
  if (marked !== null && marked.digest !== digest) {
    if (isReleased(marked, digest, context)) return echo('it is our own "released" artifact');
    return { echo: null, undo: marked.mark === 'quarantined' && marked.markTag === tag ? marked.digest : digest };
  }
  const isOwnName = context.markNames(digest).includes(tag);
  if (marked === null && !isOwnName) return looksLikeOurs ? { echo: null, undo: digest } : NO_CLAIM;
  const subject = marked ?? (await context.findSubject({ registryId, repository, digest }));
  // The image passes, so its tag is about to be taken off or was: if somebody puts it back meanwhile, it must not stay.
  if (passes(subject)) return { echo: subject?.mark === 'quarantined' ? OWN_TAG : null, undo: digest };
  // Where the image is being looked at again while its tag is put, the write that has begun says whose tag it is.
  return marked !== null || isMarked(subject) ? echo(OWN_TAG) : { echo: null, undo: digest };
}

function echo(reason: string): Claim {
  return { echo: reason, undo: null };
}

/** Its bytes are known before it is written, so the echo is recognised even if it comes before the record of it. */
function isReleased(marked: SubjectRecord, digest: Digest, context: ClaimContext): boolean {
  return digest === marked.releasedArtifact || digest === context.releasedDigest(marked.digest);
}

function passes(subject: SubjectRecord | null): boolean {
  return subject?.verdict?.final === true && subject.verdict.verdict.outcome === 'pass';
}

/** Whether an image carries our mark, or is about to: the verdict is committed before the tag is put. */
export function isMarked(subject: SubjectRecord | null): boolean {
  if (subject === null) return false;
  if (subject.mark === 'quarantined') return true;
  const verdict = subject.verdict;
  return verdict?.final === true && isFailing(verdict.verdict.outcome);
}

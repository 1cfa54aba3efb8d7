import { markNames, shapeOfOurs } from '../../domain/tag-template.ts';
import type { ClaimContext } from '../../intake/read-claim.ts';
import type { EventInbox } from '../../ports/event-inbox.ts';
import { noMarkArtifact, releasedArtifact } from '../../quarantine/released-artifact.ts';

/** What a push under one of our names is read with, in one registry. */
export function claimContext(
  registryId: string,
  { quarantineTag, inbox }: { readonly quarantineTag: string; readonly inbox: EventInbox },
): ClaimContext {
  return {
    registryId,
    findSubject: inbox.findSubject.bind(inbox),
    findMark: inbox.findMark.bind(inbox),
    markNames: (digest) => markNames(quarantineTag, digest),
    looksLikeOurs: shapeOfOurs(quarantineTag),
    releasedDigest: (digest) => releasedArtifact(digest).digest,
    noMarkDigest: noMarkArtifact().digest,
  };
}

import { matchesDigest } from '../../domain/digest.ts';
import { releasedArtifact } from '../../quarantine/released-artifact.ts';
import type { MarkPlan } from './mark-plan.ts';

/**
 * Says what a change would do, as the registry is now: the same looks as the change itself, and no write.
 * @throws {FaultError} if the registry does not answer
 */
export async function previewMark(plan: MarkPlan, signal: AbortSignal): Promise<string> {
  const { kind, subject, tag, registry } = plan;
  const { reader } = registry;
  const tagged = await reader.readManifest(subject.repository, { tag }, signal);
  const isOurs = tagged !== null && matchesDigest(tagged.bytes, subject.digest);
  if (kind === 'release') {
    if (tagged === null) return `There is no tag ${tag} to take off; it would only be recorded as released.`;
    if (tagged.digest === releasedArtifact(subject.digest).digest) return `The tag ${tag} already says "released".`;
    if (!isOurs) return `The tag ${tag} points to something Lazaret did not put there, and would be left alone.`;
    return `The tag ${tag} would be deleted, or pointed to a "released" artifact if the registry deletes no tags.`;
  }
  if (isOurs) return `The tag ${tag} is on it already; nothing would change.`;
  const image = await reader.readManifest(subject.repository, { digest: subject.digest }, signal);
  if (image === null) return 'The registry no longer has this image; nothing would be changed.';
  const moved = tagged === null ? '' : ', which points to something else now,';
  return `The tag ${tag}${moved} would be put on it.`;
}

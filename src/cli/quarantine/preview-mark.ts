import { isWholeName } from '../../domain/tag-template.ts';
import { pointsTo, readName } from '../../quarantine/read-name.ts';
import { releasedArtifact } from '../../quarantine/released-artifact.ts';
import type { MarkPlan } from './mark-plan.ts';

/**
 * Says what a change would do, as the registry is now: the same looks as the change itself, and no write.
 * @throws {FaultError} if the registry does not answer
 */
export async function previewMark(plan: MarkPlan, signal: AbortSignal): Promise<string> {
  const { kind, subject, tag, registry } = plan;
  const { repository, digest } = subject;
  const { reader } = registry;
  const named = await readName(reader, repository, tag, signal);
  const isOurs = pointsTo(named, digest);
  const isReleased = named.kind === 'manifest' && named.manifest.digest === releasedArtifact(digest).digest;
  if (kind === 'release') {
    if (named.kind === 'nothing') return `There is no tag ${tag} to take off; it would only be recorded as released.`;
    if (isReleased) return `The tag ${tag} already says "released".`;
    if (!isOurs) return `The tag ${tag} points to something Lazaret did not put there, and would be left alone.`;
    return `The tag ${tag} would be deleted, or pointed to a "released" artifact if the registry deletes no tags.`;
  }
  if (isOurs) return `The tag ${tag} is on it already; nothing would change.`;
  const image = await reader.readManifest(repository, { digest }, signal);
  if (image === null) return 'The registry no longer has this image; nothing would be changed.';
  if (named.kind === 'nothing' || isReleased) return `The tag ${tag} would be put on it.`;
  return isWholeName(tag, digest)
    ? `The tag ${tag}, under which somebody pushed another image, would be put on it.`
    : `The tag ${plan.names.at(-1)} would be put on it: ${tag} points to another image, and is left alone.`;
}

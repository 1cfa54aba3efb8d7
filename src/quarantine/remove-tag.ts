import type { TagWriter } from '../ports/tag-writer.ts';
import { emptyBlob, type Placeholder } from './released-artifact.ts';

/** A tag to take off, and the artifact that stands in for it where tags cannot be deleted. */
export interface Removal {
  readonly writer: TagWriter;
  readonly repository: string;
  readonly tag: string;
  readonly replacement: Placeholder;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes a tag; where the registry refuses, points it to an artifact without content instead.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`
 */
export async function removeTag({
  writer,
  repository,
  tag,
  replacement,
  signal,
}: Removal): Promise<'off' | 'replaced'> {
  const answer = await writer.deleteTag(repository, tag, signal);
  if (answer !== 'refused') return 'off';
  await writer.putBlob(repository, emptyBlob(), signal);
  await writer.putTag(repository, tag, replacement, signal);
  return 'replaced';
}

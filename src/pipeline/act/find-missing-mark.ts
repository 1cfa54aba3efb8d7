import type { Logger } from 'pino';
import { LOCK_MARK, labelOf } from '../../domain/mark-name.ts';
import { FaultError } from '../../kit/errors.ts';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import { pointsTo, readName } from '../../quarantine/read-name.ts';
import { isNew } from '../judge/not-yet.ts';

/** Where the tag is looked for. */
interface Place {
  readonly registry: Pick<ConfiguredRegistry, 'reader' | 'labels' | 'locks'>;
  readonly log: Logger;
  readonly now: Date;
}

/**
 * Whether an image that is on record as quarantined does not carry our mark: somebody, or the registry's own retention,
 * took it off, or the image was deleted and pushed again. Only the registry's definite answer says so; a tag that was
 * put just now may not be known to every replica. One request, and none for images without a mark.
 * @throws only what is a defect of ours: a registry that does not answer is logged, and says nothing about the tag.
 */
export async function isMarkMissing({ subject, markedAt }: JudgementStart, place: Place): Promise<boolean> {
  const { mark, markTag, repository, digest } = subject;
  if (mark !== 'quarantined' || markTag === null) return false;
  if (markedAt !== null && isNew(markedAt, place.now)) return false;
  try {
    if (markTag === LOCK_MARK) return (await place.registry.locks?.reader.read(repository, digest)) === 'open';
    const label = labelOf(markTag);
    if (label !== undefined) return (await place.registry.labels?.reader.read(repository, digest, label)) === 'off';
    return !pointsTo(await readName(place.registry.reader, repository, markTag), digest);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    place.log.warn({ err: error, tag: markTag }, 'could not see whether our mark is still there');
    return false;
  }
}

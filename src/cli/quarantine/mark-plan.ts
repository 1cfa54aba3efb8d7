import type { Config } from '../../config/config.ts';
import { shortDigest } from '../../domain/digest.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import { LOCK_MARK, labelMark, labelOf } from '../../domain/mark-name.ts';
import type { Subject } from '../../domain/subject.ts';
import { markTag } from '../../domain/tag-template.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { TagWriter } from '../../ports/tag-writer.ts';
import type { OpenRegistry } from '../../registry/configured-registry.ts';

/** What a person may do to an image's quarantine. */
export type MarkKind = 'release' | 'quarantine';

/** A change about to be made. */
export interface MarkPlan {
  readonly kind: MarkKind;
  readonly subject: Subject;
  /** As the record has it. */
  readonly known: SubjectRecord;
  /** The mark: a tag, or a label as `labelMark` names it. */
  readonly tag: string;
  /** Template of our tag. */
  readonly template: string;
  readonly label: string;
  readonly registry: OpenRegistry & { readonly writer: TagWriter };
}

/**
 * Plans a change by hand.
 * @throws {InvalidInputError} `SUBJECT_UNKNOWN`, `VERDICT_NOT_FAILING`
 * @throws {FaultError} `TAG_WRITE_REFUSED` where the configuration has no write credentials
 */
export function planMark(
  kind: MarkKind,
  image: ImageReference & Pick<Subject, 'digest'>,
  found: { readonly registry: OpenRegistry; readonly known: SubjectRecord | null; readonly config: Config },
): MarkPlan {
  const { registry, known, config } = found;
  const { repository, digest } = image;
  const name = `${image.host}/${repository}@${digest}`;
  if (known === null || known.verdict === null) throw unknown(name);
  if (kind === 'quarantine' && known.verdict.verdict.outcome === 'pass') throw passes(name);
  if (registry.writer === undefined) throw unwritable(registry.id);
  const { tag: template, label, mode } = config.quarantine;
  const own = config.registries.find(({ id }) => id === registry.id)?.mode ?? mode;
  const configured = {
    label: labelMark(label),
    lock: LOCK_MARK,
    tag: undefined,
    rehearse: undefined,
    observe: undefined,
  }[own];
  return {
    kind,
    subject: { registryId: registry.id, repository, digest },
    known,
    tag: ownMark(known, kind) ?? configured ?? markTag(template, digest),
    template,
    label,
    registry: { ...registry, writer: registry.writer },
  };
}

/** A mark put under an earlier configuration is ours still: the one to take off, and the one that it carries already. */
function ownMark({ mark, markTag, digest }: SubjectRecord, kind: MarkKind): string | undefined {
  if (markTag === null || (kind === 'quarantine' && mark !== 'quarantined')) return undefined;
  return markTag === LOCK_MARK || labelOf(markTag) !== undefined || markTag.includes(shortDigest(digest))
    ? markTag
    : undefined;
}

function unknown(name: string): InvalidInputError {
  return new InvalidInputError('SUBJECT_UNKNOWN', 'this image was never judged here', [
    {
      where: name,
      message: 'there is no verdict on record',
      hint: 'See `lazaret quarantine list` for the images in quarantine, and check host, repository and digest.',
    },
  ]);
}

function passes(name: string): InvalidInputError {
  return new InvalidInputError('VERDICT_NOT_FAILING', 'this image passes its policy', [
    {
      where: name,
      message: 'its evidence satisfies everything that is asked for',
      hint: 'The next look would take the tag off again. Tighten the policy that lets it pass, and it is quarantined.',
    },
  ]);
}

function unwritable(id: string): FaultError {
  return new FaultError('TAG_WRITE_REFUSED', `no write credentials are configured for the registry "${id}"`, {
    retryable: false,
    hint: 'Give the registry `writeCredentials` (`none` if it takes writes from anybody).',
  });
}

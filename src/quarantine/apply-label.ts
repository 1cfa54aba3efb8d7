import { labelMark } from '../domain/mark-name.ts';
import type { Subject } from '../domain/subject.ts';
import { FaultError } from '../kit/errors.ts';
import type { LabelWriter } from '../ports/labels.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { MarkResult } from './mark-request.ts';

/** Our label on one image. */
export interface LabelRequest {
  readonly registryId: string;
  readonly labels: ConfiguredRegistry['labels'];
  readonly subject: Pick<Subject, 'repository' | 'digest'>;
  readonly label: string;
  readonly signal?: AbortSignal;
}

/**
 * Hangs our label on an image. Done again it changes nothing; an image that is gone needs none.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`: the label is on it or not, never on another image.
 */
export async function applyLabel(request: LabelRequest): Promise<MarkResult> {
  const { subject, label, signal } = request;
  const end = await writerOf(request).add(subject.repository, subject.digest, label, signal);
  if (end === 'gone') return { result: 'subject-gone', mark: { mark: 'none', tag: null, releasedArtifact: null } };
  return { result: 'labelled', mark: { mark: 'quarantined', tag: labelMark(label), releasedArtifact: null } };
}

/**
 * Takes our label off an image; the label itself, and all others, stay.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`: the mark is as it was, or off.
 */
export async function removeLabel(request: LabelRequest): Promise<MarkResult> {
  const { subject, label, signal } = request;
  const end = await writerOf(request).remove(subject.repository, subject.digest, label, signal);
  const result = end === 'removed' ? 'unlabelled' : 'label-absent';
  return { result, mark: { mark: 'released', tag: null, releasedArtifact: null } };
}

function writerOf({ registryId, labels, label }: LabelRequest): LabelWriter {
  if (labels?.writer !== undefined) return labels.writer;
  throw new FaultError('TAG_WRITE_REFUSED', `the label ${label} cannot be written in the registry "${registryId}"`, {
    retryable: false,
    hint: 'It was put when `kind` named a registry with labels, and `writeCredentials` were there: write them again.',
  });
}

import type { Digest } from '../domain/digest.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';
import { type Named, pointsTo } from './read-name.ts';
import { isNoMark, parseReleasedArtifact } from './released-artifact.ts';

/** What is known about a tag of ours and what it points to. */
export interface FalseMarkInput {
  readonly named: Named;
  /** The image whose mark the tag is, by the record, or is about to be. */
  readonly holder: { readonly subject: Pick<SubjectRecord, 'digest'>; readonly isMarked: boolean } | null;
  /** The image it points to, if that is on record. */
  readonly bearer: Pick<SubjectRecord, 'state' | 'verdict'> | null;
  /** Whether it is a name of that image's own. */
  readonly isOwnName: boolean;
}

/** What is to be done about it. */
export type UndoPlan =
  | { readonly kind: 'nothing'; readonly result: 'in-place' | 'tag-absent' | 'tag-moved' }
  /** Nobody can tell yet. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'put-back'; readonly digest: Digest }
  | { readonly kind: 'take-off' };

/**
 * Decides whether a tag of ours stands where it does not belong. Pure. A tag that is an image's mark belongs on that
 * image. One that is nobody's may stay only on an image that does not pass, and is called so.
 */
export function planUndo(input: FalseMarkInput): UndoPlan {
  const { named, holder, bearer, isOwnName } = input;
  if (holder !== null) {
    if (!holder.isMarked) return { kind: 'wait', why: 'the tag is being put on another image' };
    const { digest } = holder.subject;
    return pointsTo(named, digest) ? { kind: 'nothing', result: 'in-place' } : { kind: 'put-back', digest };
  }
  if (named.kind === 'nothing') return { kind: 'nothing', result: 'tag-absent' };
  if (named.kind === 'manifest' && saysNothing(named)) return { kind: 'nothing', result: 'in-place' };
  if (!isOwnName) return { kind: 'take-off' };
  // Its own event brings it here again.
  if (bearer === null) return { kind: 'nothing', result: 'tag-moved' };
  return planOwnName(bearer);
}

/** An image under a name of its own: it may be pushed before anybody knows whether it passes. */
export function planOwnName({ state, verdict }: NonNullable<FalseMarkInput['bearer']>): UndoPlan {
  switch (state) {
    case 'pending':
    case 'waiting':
      return { kind: 'wait', why: 'the image under this name is not judged yet' };
    case 'evidence':
    case 'artifact':
      return { kind: 'take-off' };
    case 'gone':
    case 'parked':
      return { kind: 'nothing', result: 'tag-moved' };
    case 'final':
      return verdict?.verdict.outcome === 'pass' ? { kind: 'take-off' } : { kind: 'nothing', result: 'in-place' };
  }
}

function saysNothing({ manifest }: Extract<Named, { kind: 'manifest' }>): boolean {
  return isNoMark(manifest) || parseReleasedArtifact(manifest) !== undefined;
}

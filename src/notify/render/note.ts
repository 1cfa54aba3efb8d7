import type { Announcement } from '../../domain/announcement.ts';
import { LOCK_MARK, labelOf } from '../../domain/mark-name.ts';
import { cleanText } from './clean-text.ts';

/** Whether this tells of an image that passes and carries our tag all the same, for it could not be taken off. */
export function keepsItsTag({ kind, action }: Pick<Announcement, 'kind' | 'action'>): boolean {
  return kind === 'resolved' && (action.kind === 'failed' || action.kind === 'held');
}

function noteOfLock({ kind }: Announcement['action']): string {
  if (kind === 'tagged') return 'It can be signed as before: evidence that satisfies its policy opens it again.';
  if (kind === 'none') return 'Whoever has locked it must open it again: Lazaret takes off its own locks only.';
  return 'Nothing blocks this image yet: it can still be pulled by its digest and by its tags.';
}

/** The last sentence of a message: what is not blocked, what comes next, or who should see to it. */
export function noteOf({ kind, action, held }: Announcement): string {
  switch (kind) {
    case 'failed':
      if (action.tag === LOCK_MARK) return noteOfLock(action);
      if (action.tag !== undefined && labelOf(action.tag) !== undefined)
        return 'A label does not block pulls: the image can still be pulled by its digest and by its tags.';
      return action.kind === 'tagged' || action.kind === 'pending'
        ? 'A tag does not block pulls: the image can still be pulled by its digest and by its other tags.'
        : 'Nothing blocks this image: it can still be pulled by its digest and by its tags.';
    case 'rejected':
      return action.tag === LOCK_MARK
        ? `Someone may be attacking, or a tool is broken. ${noteOfLock(action)}`
        : 'Someone may be attacking, or a tool is broken. Nothing blocks this image from being pulled.';
    case 'cannot-verify':
      return `No image is quarantined for this reason. Lazaret tries again by itself. ${tellHeld(held)}`;
    case 'several':
      return 'More than ten messages a minute about one repository are one message. Neither tags nor labels block pulls.';
    case 'cannot-tell':
      return 'Whoever reads that sink alone does not hear what is told there.';
    case 'not-announced':
      return 'Images are judged when a sweep finds them, not within seconds.';
    case 'announced-again':
      return 'Images are judged within seconds again.';
    case 'baseline':
      return 'Whatever is pushed from now on is tagged and told of as the policies say, and so is one of these that is pushed again.';
    case 'cannot-hear':
      return 'Images that are announced there are not judged until this is mended.';
    case 'mark-removed':
      return 'Somebody, or a rule of the registry, takes it off: let retention and clean-up rules spare it, or release the image by hand. Meanwhile nothing marks the image.';
    case 'evidence-hidden':
      return 'Other tools may not find it any more, and a registry may delete what nothing leads to: let whoever signed the image sign it again, or put the tag back, and see who may write there.';
    case 'false-mark':
      return 'Whoever pushed it may want to hide a failing image, or to have a good one taken for bad. No verdict is changed by it.';
    case 'breaker-open':
      return 'What is held gets its tag as soon as the limits allow it, one repository at a time, the oldest first. Verdicts and messages go on.';
    case 'resolved':
      if (keepsItsTag({ kind, action })) {
        return 'Whatever blocks that tag goes on blocking. Let the write credentials write and delete tags there, or take it off by hand; Lazaret tries again once an hour.';
      }
      return action.kind === 'pending'
        ? 'Until it is off, whatever blocks that tag goes on blocking.'
        : 'Nothing is left to do.';
    case 'test':
      return 'If you can read this, messages arrive here.';
  }
}

/** How much of a name is shown in a list of them: `host/repository@sha256:…` mostly takes less. */
const LISTED_LIMIT = 120;

function tellHeld(held: Announcement['held']): string {
  if (held === undefined) return 'Other images may be affected as well.';
  const { count, images } = held;
  const shown = images.map((image) => cleanText(image, LISTED_LIMIT));
  const more = count - shown.length;
  const which = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `By now ${count === 1 ? '1 image' : `${count} images`} could not be told: ${which}.`;
}

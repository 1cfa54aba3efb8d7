import type { RegistryAction } from '../domain/announcement.ts';

/** How the undoing of a false mark ended; `why`: it is still there, for this reason. */
export type UndoEnd =
  | { readonly result: 'put-back' | 'untagged' | 'marked-nothing' | 'subject-gone' | 'observed' | 'rehearsed' }
  | { readonly why: string };

/** Says in one sentence what was done about a tag of ours that stood where it does not belong. Pure. */
export function describeUndo(tag: string, end: UndoEnd): RegistryAction {
  if ('why' in end) return { kind: 'held', tag, sentence: `The tag ${tag} is still there. ${end.why}` };
  switch (end.result) {
    case 'put-back':
      return {
        kind: 'tagged',
        tag,
        sentence: `The tag ${tag} was taken off the other image, and put back on this one.`,
      };
    case 'untagged':
      return { kind: 'untagged', tag, sentence: `The tag ${tag} was deleted.` };
    case 'marked-nothing':
      return {
        kind: 'marked-released',
        tag,
        sentence: `This registry does not delete tags, or not for Lazaret, or would delete the image with its last one, so ${tag} now points to a small artifact that says "no mark".`,
      };
    case 'subject-gone':
      return { kind: 'none', sentence: `The registry no longer has this image, so the tag ${tag} was left alone.` };
    case 'observed':
      return { kind: 'none', sentence: `The tag ${tag} was left alone, because Lazaret only observes.` };
    case 'rehearsed':
      return {
        kind: 'none',
        sentence: `This is a rehearsal: the tag ${tag} would have been put right. It was left alone.`,
      };
  }
}

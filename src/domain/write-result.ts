/**
 * How a registry write of ours ended; recorded with the effect and told in the notice.
 *
 * - `tagged`: our tag is on the image.
 * - `untagged`: our tag was deleted.
 * - `marked-released`: the registry does not delete tags, so ours points to the "released" artifact now.
 * - `tag-absent`: there was no tag of ours to take off.
 * - `tag-moved`: our tag's name points to something we did not put there; it was left alone.
 * - `subject-gone`: the registry no longer has the image.
 */
export type WriteResult = 'tagged' | 'untagged' | 'marked-released' | 'tag-absent' | 'tag-moved' | 'subject-gone';

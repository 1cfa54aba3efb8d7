/**
 * How a registry write of ours ended; recorded with the effect and told in the notice.
 *
 * - `tagged`: our tag is on the image.
 * - `tagged-longer`: our tag is on it with the whole digest in its name, for the shorter name is another image's.
 * - `tagged-over`: our tag is on it; somebody had pushed another image under that name, which was taken off it.
 * - `untagged`: our tag was deleted.
 * - `marked-released`: the registry does not delete tags, or would delete the image with its last one, so ours points to the "released" artifact now.
 * - `tag-absent`: there was no tag of ours to take off.
 * - `tag-moved`: our tag's name points to something we did not put there; it was left alone.
 * - `labelled`: our label is on the image, which touches none of its tags.
 * - `unlabelled`: our label was taken off.
 * - `label-absent`: there was no label of ours to take off.
 * - `locked`: the image cannot be pulled any more, by digest or by tag.
 * - `unlocked`: our lock was taken off.
 * - `lock-absent`: no lock is on it: there was none, or what takes a while to open is open by now.
 * - `locked-by-others`: somebody else has locked the image; his lock was left as it is.
 * - `subject-gone`: the registry no longer has the image.
 * - `rehearsed`: nothing was written, because its registry is one where writes are only rehearsed.
 */
export type WriteResult =
  | 'tagged'
  | 'tagged-longer'
  | 'tagged-over'
  | 'untagged'
  | 'marked-released'
  | 'tag-absent'
  | 'tag-moved'
  | 'labelled'
  | 'unlabelled'
  | 'label-absent'
  | 'locked'
  | 'unlocked'
  | 'lock-absent'
  | 'locked-by-others'
  | 'subject-gone'
  | 'rehearsed';

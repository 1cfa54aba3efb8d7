/**
 * How failing images of a registry are marked; `rehearse`: as by `tag`, but each write is put on record instead of being
 * made; `observe`: not at all.
 */
export const MARK_MODES = ['tag', 'label', 'lock', 'rehearse', 'observe'] as const;
export type MarkMode = (typeof MARK_MODES)[number];

/** Whether registries of this mode are not written to, so that they need no write credentials. */
export function isReadOnly(mode: MarkMode): boolean {
  return mode === 'observe' || mode === 'rehearse';
}

/** No tag has a colon in it, so the record tells the two apart by their names. */
const LABEL = 'label:';

/** The name of a mark that is a label, as the record has it beside names of tags. */
export function labelMark(label: string): string {
  return `${LABEL}${label}`;
}

/** The name of a mark that is a lock; an image has one at most. */
export const LOCK_MARK = 'lock:pulls';

/** The label that a mark is; `undefined` for one that is a tag. */
export function labelOf(mark: string): string | undefined {
  return mark.startsWith(LABEL) ? mark.slice(LABEL.length) : undefined;
}

/** A mark in a sentence: `tag quarantined-…`, `label quarantined`, `lock against pulls`. */
export function describeMark(mark: string): string {
  if (mark === LOCK_MARK) return 'lock against pulls';
  const label = labelOf(mark);
  return label === undefined ? `tag ${mark}` : `label ${label}`;
}

/** What a rehearsal says of a write that it only puts on record. `mark` as `describeMark` has it. */
export function describeRehearsal(kind: 'quarantine' | 'release', mark: string): string {
  const what = kind === 'quarantine' ? 'have been put on it' : 'have been taken off';
  return `This is a rehearsal: the ${mark} would ${what}. Nothing was changed in the registry.`;
}

import type { Migration } from './migration.ts';

/** Taking a tag of ours off where it does not belong: a write that follows from an event, and may come before a verdict. */
export const undoFalseMarks: Migration = {
  version: 12,
  name: 'undo',
  sql: `
ALTER TABLE effects DROP CONSTRAINT effects_kind_check;
ALTER TABLE effects ADD CONSTRAINT effects_kind_check CHECK (kind IN ('quarantine', 'release', 'undo', 'notice'));
ALTER TABLE effects DROP CONSTRAINT effects_origin_check;
ALTER TABLE effects ADD CONSTRAINT effects_origin_check CHECK (origin IN ('verdict', 'manual', 'event'));
ALTER TABLE effects ALTER COLUMN verdict_id DROP NOT NULL;
`,
};

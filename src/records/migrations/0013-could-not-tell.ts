import type { Migration } from './migration.ts';

/**
 * Remembers what a registry says it does not have, which is asked for again before it is believed; and finds images
 * that could not be judged.
 */
export const rememberUntold: Migration = {
  version: 13,
  name: 'could-not-tell',
  sql: `
-- Looks since the last pass for which the registry did not hold what it names, and since when.
ALTER TABLE subjects ADD COLUMN gap_looks integer NOT NULL DEFAULT 0;
ALTER TABLE subjects ADD COLUMN gap_since timestamptz;
-- How often its grace was counted anew because nobody had looked.
ALTER TABLE subjects ADD COLUMN grace_renewals integer NOT NULL DEFAULT 0;
-- Whether its manifest lists others; NULL while nobody has read it.
ALTER TABLE subjects ADD COLUMN is_index boolean;
-- Since when it could not be told, and by which fault; NULL if the last look told.
ALTER TABLE subjects ADD COLUMN untold_since timestamptz;
ALTER TABLE subjects ADD COLUMN untold_by text;
CREATE INDEX subjects_untold ON subjects (registry_id, untold_by) WHERE untold_since IS NOT NULL;
`,
};

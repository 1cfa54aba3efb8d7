import type { Migration } from './migration.ts';

/** What would have been written in registries where writes are only rehearsed. */
export const rememberRehearsals: Migration = {
  version: 21,
  name: 'rehearsals',
  sql: `
-- The mark an image would carry if what was rehearsed had been written.
ALTER TABLE subjects ADD COLUMN rehearsed_mark text;
CREATE INDEX subjects_rehearsed ON subjects (registry_id) WHERE rehearsed_mark IS NOT NULL;
CREATE INDEX effects_rehearsed ON effects (done_at DESC, id DESC) WHERE result = 'rehearsed';
`,
};

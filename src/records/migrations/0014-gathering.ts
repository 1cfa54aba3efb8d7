import type { Migration } from './migration.ts';

/** Many notices about one repository are told in one message. */
export const gatherNotices: Migration = {
  version: 14,
  name: 'gathering',
  sql: `
-- When a notice is told together with the others of its repository that wait by then; NULL: by itself.
ALTER TABLE effects ADD COLUMN gather_at timestamptz;
-- The notice whose message tells of this one, too.
ALTER TABLE effects ADD COLUMN told_with bigint REFERENCES effects ON DELETE SET NULL;
CREATE INDEX effects_told ON effects (registry_id, repository, sink_id, done_at) WHERE kind = 'notice' AND state = 'done';
CREATE INDEX effects_to_tell ON effects (registry_id, repository, sink_id, id)
  WHERE kind = 'notice' AND state IN ('pending', 'sending');
CREATE INDEX effects_told_with ON effects (told_with) WHERE told_with IS NOT NULL;
`,
};

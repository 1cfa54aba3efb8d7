import type { Migration } from './migration.ts';

/**
 * Quarantines that a limit holds back wait in a queue of their repository, and many notices of one repository are sent
 * as one message.
 */
export const joinQueue: Migration = {
  version: 9,
  name: 'lines',
  sql: `
-- Those of the subject, which never change: what is counted an hour and a minute must be found without it.
ALTER TABLE effects ADD COLUMN registry_id text;
ALTER TABLE effects ADD COLUMN repository text;
UPDATE effects e SET registry_id = s.registry_id, repository = s.repository FROM subjects s WHERE s.id = e.subject_id;
ALTER TABLE effects ALTER COLUMN registry_id SET NOT NULL, ALTER COLUMN repository SET NOT NULL;

-- The limit that holds a quarantine back; it stands in the line of its repository while it is held or asked about.
ALTER TABLE effects ADD COLUMN limited_by text CHECK (limited_by IN ('repository', 'registry', 'all'));
-- Since when it is the first of its line: repositories take turns in this order.
ALTER TABLE effects ADD COLUMN turn_since timestamptz;
CREATE INDEX effects_lines ON effects (registry_id, repository, id)
  WHERE limited_by IS NOT NULL AND state IN ('held', 'sending');
CREATE INDEX effects_turns ON effects (turn_since) WHERE turn_since IS NOT NULL AND state = 'held';
`,
};

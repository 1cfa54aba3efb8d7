import type { Migration } from './migration.ts';

/**
 * What the breaker counts of the last hour (images judged, quarantines written, repositories that wait) is found by where
 * it is, and no further than a limit needs to know: it costs the same whatever else the hour saw.
 */
export const countByIndex: Migration = {
  version: 26,
  name: 'counted by index',
  sql: `
-- When the newest verdict was made. Of what was judged before this step it is known of the hours that are still asked
-- about: to write it for a million images would take minutes, and nobody reads it.
ALTER TABLE subjects ADD COLUMN judged_at timestamptz;
UPDATE subjects s SET judged_at = v.judged_at FROM verdicts v
  WHERE v.subject_id = s.id AND v.is_current AND v.judged_at > now() - interval '2 hours';
CREATE INDEX subjects_judged ON subjects (judged_at) WHERE judged_at IS NOT NULL;
CREATE INDEX subjects_judged_in_registry ON subjects (registry_id, judged_at) WHERE judged_at IS NOT NULL;
CREATE INDEX subjects_judged_in_repository ON subjects (registry_id, repository, judged_at) WHERE judged_at IS NOT NULL;
DROP INDEX verdicts_judged;

-- Releases are not limited, nor is what was found in its place: thousands of them must not be read to count writes.
DROP INDEX effects_written;
CREATE INDEX effects_quarantined ON effects (done_at) WHERE kind = 'quarantine' AND state = 'done';
CREATE INDEX effects_undone ON effects (done_at) WHERE kind = 'undo' AND state = 'done'
  AND result NOT IN ('in-place', 'tag-absent', 'tag-moved', 'subject-gone', 'observed', 'rehearsed');

-- Whose turn comes before whose, for a limit that several share.
CREATE INDEX effects_turns_of_all ON effects (turn_since, id)
  WHERE turn_since IS NOT NULL AND state = 'held' AND limited_by = 'all';
CREATE INDEX effects_turns_of_registry ON effects (registry_id, turn_since, id)
  WHERE turn_since IS NOT NULL AND state = 'held' AND limited_by IN ('registry', 'all');
DROP INDEX effects_turns;
-- Who stands first in a line, and who stands in one without a turn: each round asks whether some line has no first.
CREATE INDEX effects_first_in_line ON effects (registry_id, repository)
  WHERE limited_by IS NOT NULL AND state IN ('held', 'sending') AND (state = 'sending' OR turn_since IS NOT NULL);
CREATE INDEX effects_without_turn ON effects (registry_id, repository, id)
  WHERE limited_by IS NOT NULL AND state = 'held' AND turn_since IS NULL;
`,
};

import type { Migration } from './migration.ts';

/** What a round of the sweeper hands out is found without reading all that waits, or what was handed out before. */
export const findInLanes: Migration = {
  version: 27,
  name: 'found in lanes',
  sql: `
-- Asked for and not begun: by whose turn it is, and, for how long the oldest has waited, by how often it was asked for.
DROP INDEX subjects_outstanding;
CREATE INDEX subjects_asked ON subjects (registry_id, repository, progress_at)
  WHERE requested_seq > judged_seq AND started_seq = judged_seq AND NOT is_found;
CREATE INDEX subjects_asked_times ON subjects ((requested_seq - started_seq), progress_at)
  WHERE requested_seq > judged_seq AND started_seq = judged_seq AND NOT is_found;
-- Begun and not ended: as many as are at work.
CREATE INDEX subjects_begun ON subjects (progress_at) WHERE started_seq > judged_seq;
-- The same of what sweeps asked for.
DROP INDEX subjects_found;
CREATE INDEX subjects_found ON subjects (registry_id, repository, progress_at)
  WHERE requested_seq > judged_seq AND started_seq = judged_seq AND is_found;

-- Looks whose time comes. One that was asked for is in none of these ("not less" is "equal" here, which the server takes for
-- rare, and would read all there are and sort them).
DROP INDEX subjects_next_check;
DROP INDEX subjects_next_look;
DROP INDEX subjects_planned;
CREATE INDEX subjects_timed ON subjects (next_check_at)
  WHERE next_check_at IS NOT NULL AND requested_seq <= judged_seq AND state NOT IN ('final', 'gone');
CREATE INDEX subjects_timed_in_lanes ON subjects (registry_id, repository, next_check_at)
  WHERE next_check_at IS NOT NULL AND requested_seq <= judged_seq AND state NOT IN ('final', 'gone');
CREATE INDEX subjects_absent ON subjects (next_check_at)
  WHERE next_check_at IS NOT NULL AND requested_seq <= judged_seq AND state = 'gone';
CREATE INDEX subjects_again ON subjects (next_check_at)
  WHERE next_check_at IS NOT NULL AND requested_seq <= judged_seq AND state = 'final';
CREATE INDEX subjects_planned ON subjects (progress_at) WHERE next_check_at IS NOT NULL AND requested_seq <= judged_seq;
DROP INDEX subjects_uncovered;
CREATE INDEX subjects_uncovered ON subjects (uncovered_by) WHERE state = 'artifact' AND requested_seq <= judged_seq;

-- Events whose tag is to be resolved: those that were never tried, by whose turn it is, and all, by when they were.
CREATE INDEX inbox_events_untried ON inbox_events (registry_id, repository, received_at)
  WHERE state = 'unresolved' AND tried_at IS NULL;
CREATE INDEX inbox_events_tried ON inbox_events (registry_id, (coalesce(tried_at, received_at)))
  WHERE state = 'unresolved';

-- Registry writes, and notices, each by when they are due and by whose turn it is.
DROP INDEX effects_due;
CREATE INDEX effects_writes_due ON effects (due_at)
  WHERE kind <> 'notice' AND limited_by IS NULL AND state IN ('pending', 'held') AND due_at IS NOT NULL;
CREATE INDEX effects_writes_in_lanes ON effects (registry_id, repository, due_at)
  WHERE kind <> 'notice' AND limited_by IS NULL AND state IN ('pending', 'held') AND due_at IS NOT NULL;
-- Begun while the clock was ahead, or planned then.
CREATE INDEX effects_open_since ON effects ((coalesce(started_at, created_at))) WHERE state IN ('pending', 'sending', 'held');
CREATE INDEX effects_limited_due ON effects (due_at)
  WHERE limited_by IS NOT NULL AND state IN ('pending', 'held') AND due_at IS NOT NULL;
CREATE INDEX effects_notices_due ON effects (due_at)
  WHERE kind = 'notice' AND state IN ('pending', 'held') AND due_at IS NOT NULL;
CREATE INDEX effects_notices_in_lanes ON effects (sink_id, repository, due_at)
  WHERE kind = 'notice' AND state IN ('pending', 'held') AND due_at IS NOT NULL;
`,
};

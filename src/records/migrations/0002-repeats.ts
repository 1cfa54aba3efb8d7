import type { Migration } from './migration.ts';

/**
 * Bounds what is repeated, and how often: effects of one verdict, notices about one trouble, tries to resolve one
 * event.
 */
export const boundRepeats: Migration = {
  version: 2,
  name: 'repeats',
  sql: `
-- A verdict has one write under way and one notice of each kind a sink. A write that has ended may be planned again:
-- the plan is made from how the subject is marked, and asks only for what is missing.
DROP INDEX effects_once;
CREATE UNIQUE INDEX effects_once ON effects (verdict_id, kind) WHERE origin = 'verdict' AND kind <> 'notice'
  AND state IN ('pending', 'sending', 'held');
CREATE UNIQUE INDEX notices_once ON effects (verdict_id, sink_id, (announcement ->> 'kind'))
  WHERE origin = 'verdict' AND kind = 'notice';

-- Whose turn it was to be announced, and when: one notice a trouble and hour, whichever daemon and image comes first.
CREATE TABLE notice_turns (
  trouble  text PRIMARY KEY,
  taken_at timestamptz NOT NULL
);

-- When an event's tag was last asked about: those that never answer must not stand before all others.
ALTER TABLE inbox_events ADD COLUMN tried_at timestamptz;

-- From when the grace is counted, where that is not the first event: see graceStart.
ALTER TABLE subjects ADD COLUMN grace_from timestamptz;

-- What is open is asked for every few seconds, and is little among all that was ever done.
CREATE INDEX effects_open ON effects (subject_id) WHERE state IN ('pending', 'sending', 'held');

-- The breaker counts the images judged in the last hour before every quarantine, from the index alone.
DROP INDEX verdicts_judged;
CREATE INDEX verdicts_judged ON verdicts (judged_at, subject_id);

CREATE INDEX subjects_parked ON subjects (registry_id) WHERE state = 'parked';
`,
};

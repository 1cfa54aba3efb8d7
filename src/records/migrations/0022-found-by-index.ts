import type { Migration } from './migration.ts';

/** What is asked in every round, and by people, is found without reading what it is not about. */
export const findByIndex: Migration = {
  version: 22,
  name: 'found by index',
  sql: `
-- Its image is gone, or is none any more: it is not made anew when policies change.
ALTER TABLE verdicts ADD COLUMN is_moot boolean NOT NULL DEFAULT false;
UPDATE verdicts v SET is_moot = true FROM subjects s
  WHERE s.id = v.subject_id AND v.is_current AND s.state NOT IN ('pending', 'waiting', 'final');
-- In the order in which they are made anew.
DROP INDEX verdicts_in_force;
CREATE INDEX verdicts_in_force ON verdicts (policy_revision, trust_epoch, judged_at) WHERE is_current AND NOT is_moot;

-- People list what is rare: what is marked, what could not be told.
CREATE INDEX subjects_marked ON subjects (mark, first_seen_at DESC, id DESC) WHERE mark <> 'none';
CREATE INDEX verdicts_of_outcome ON verdicts (outcome) WHERE is_current;
`,
};

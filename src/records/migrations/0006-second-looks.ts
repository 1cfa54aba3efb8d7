import type { Migration } from './migration.ts';

/**
 * An image that fails is looked at again from time to time and when it is announced again (`early-look.ts`), and so is
 * its mark.
 */
export const lookAgain: Migration = {
  version: 6,
  name: 'second-looks',
  sql: `
-- Since when the image does not pass; its looks grow rarer with it.
ALTER TABLE subjects ADD COLUMN failing_since timestamptz;
-- Until when the looks that announcements asked for are paid.
ALTER TABLE subjects ADD COLUMN recalled_until timestamptz;

-- What is looked at by itself must not stand before what waits for its verdict, however much of it is due.
DROP INDEX subjects_next_check;
CREATE INDEX subjects_next_check ON subjects (next_check_at) WHERE next_check_at IS NOT NULL AND state <> 'final';
CREATE INDEX subjects_next_look ON subjects (next_check_at) WHERE next_check_at IS NOT NULL AND state = 'final';

-- When our tag was found missing on an image on record as quarantined, in the last day: it is not put back for ever.
ALTER TABLE subjects ADD COLUMN marks_lost timestamptz[] NOT NULL DEFAULT '{}';
-- That a tag does not stay is told each time it is found out, also of a verdict that has not changed meanwhile.
DROP INDEX notices_once;
CREATE UNIQUE INDEX notices_once ON effects (verdict_id, sink_id, (announcement ->> 'kind'))
  WHERE origin = 'verdict' AND kind = 'notice' AND announcement ->> 'kind' <> 'mark-removed';

UPDATE subjects s SET failing_since = v.first_judged_at, next_check_at = v.judged_at
  FROM verdicts v
  WHERE v.subject_id = s.id AND v.is_current AND v.final AND s.state = 'final'
    AND v.outcome IN ('fail-evidence', 'fail-missing', 'rejected-input') AND v.code <> 'CRASHED_REPEATEDLY';
`,
};

import type { Migration } from './migration.ts';

/** Known evidence is deleted together with the subject whose judgement recorded it. */
export const forgetEvidence: Migration = {
  version: 10,
  name: 'noted-by',
  sql: `
-- The image it is about may not be on record: an image in an index, or one that is yet to be announced.
ALTER TABLE known_evidence ADD COLUMN noted_by text REFERENCES subjects ON DELETE CASCADE;
UPDATE known_evidence SET noted_by = subject_id WHERE subject_id IN (SELECT id FROM subjects);
DELETE FROM known_evidence WHERE noted_by IS NULL;
ALTER TABLE known_evidence ALTER COLUMN noted_by SET NOT NULL;
CREATE INDEX known_evidence_noted_by ON known_evidence (noted_by);
`,
};

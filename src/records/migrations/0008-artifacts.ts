import type { Migration } from './migration.ts';

/** Artifacts are on record with their types. */
export const rememberArtifacts: Migration = {
  version: 8,
  name: 'artifacts',
  sql: `
ALTER TABLE subjects DROP CONSTRAINT subjects_state_check;
ALTER TABLE subjects ADD CONSTRAINT subjects_state_check
  CHECK (state IN ('pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked'));
-- The type of what is no container image, as it was pushed
ALTER TABLE subjects ADD COLUMN artifact_type text;
-- The policies by which nothing covered an artifact: others are asked again
ALTER TABLE subjects ADD COLUMN uncovered_by text;
CREATE INDEX subjects_uncovered ON subjects (uncovered_by) WHERE state = 'artifact';
`,
};

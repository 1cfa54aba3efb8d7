import type { Migration } from './migration.ts';

/** What an index lists, told well enough to judge it anew from the record. */
export const rememberFamilies: Migration = {
  version: 5,
  name: 'families',
  sql: `
-- os/architecture, as the index says
ALTER TABLE index_children ADD COLUMN platform text;
-- One of BuildKit's attestations, which an index lists beside the images
ALTER TABLE subjects ADD COLUMN is_build_attestation boolean NOT NULL DEFAULT false;
`,
};

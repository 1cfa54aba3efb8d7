import type { Migration } from './migration.ts';

/** Finding what is still open in a repository: one of them may be an index that proves an image of it. */
export const findOpenSubjects: Migration = {
  version: 4,
  name: 'open-subjects',
  sql: `
CREATE INDEX subjects_open ON subjects (registry_id, repository, first_seen_at) WHERE state IN ('pending', 'waiting');
`,
};

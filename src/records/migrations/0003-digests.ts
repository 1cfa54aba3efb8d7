import type { Migration } from './migration.ts';

/** Finding an image by its digest alone: evidence may lie in a repository that serves many. */
export const findDigests: Migration = {
  version: 3,
  name: 'digests',
  sql: `
CREATE INDEX subjects_digest ON subjects (digest);
`,
};

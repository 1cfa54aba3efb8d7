import type { Migration } from './migration.ts';

/** What is kept of images that Lazaret has locked in their registry, which gives out nothing of them any more. */
export const keepLockedImages: Migration = {
  version: 18,
  name: 'locked images',
  sql: `
CREATE TABLE locked_images (
  registry_id text  NOT NULL,
  repository  text  NOT NULL,
  digest      text  NOT NULL,
  media_type  text  NOT NULL,
  manifest    bytea NOT NULL,
  PRIMARY KEY (registry_id, repository, digest)
);
`,
};

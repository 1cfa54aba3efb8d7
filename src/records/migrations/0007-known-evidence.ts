import type { Migration } from './migration.ts';

/** Which manifests are known to hold evidence about an image, so that it is found whatever becomes of tags and lists. */
export const rememberEvidence: Migration = {
  version: 7,
  name: 'known-evidence',
  sql: `
CREATE TABLE known_evidence (
  -- Of the image it is about, which may not have been announced yet.
  subject_id text NOT NULL,
  manifest   text NOT NULL,
  -- host/repository, where that is not the image's own
  repository text NOT NULL DEFAULT '',
  -- It was part of what proved a pass.
  counted    boolean NOT NULL,
  noted_at   timestamptz NOT NULL,
  PRIMARY KEY (subject_id, manifest, repository)
);
`,
};

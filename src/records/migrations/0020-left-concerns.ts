import type { Migration } from './migration.ts';

/** Concerns of processes that tell nobody, for one that does. */
export const leaveConcerns: Migration = {
  version: 20,
  name: 'left concerns',
  sql: `
CREATE TABLE left_concerns (
  about   text        NOT NULL,
  kind    text        NOT NULL,
  problem text        NOT NULL,
  left_at timestamptz NOT NULL,
  PRIMARY KEY (about, kind)
);
`,
};

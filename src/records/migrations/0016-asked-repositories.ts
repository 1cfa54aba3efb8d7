import type { Migration } from './migration.ts';

/** Repositories in which something was pushed, it was announced, but not what: sweeps look at them out of turn. */
export const askForRepositories: Migration = {
  version: 16,
  name: 'asked repositories',
  sql: `
CREATE TABLE asked_repositories (
  source_id   text NOT NULL,
  registry_id text NOT NULL,
  repository  text NOT NULL,
  -- From when on it may be looked at; the one that waits longest comes first.
  asked_at    timestamptz NOT NULL,
  -- How often it was asked for since it waits: what comes during the look asks for another.
  times       integer NOT NULL DEFAULT 1,
  -- Looks in a row that could not tell it.
  failures    integer NOT NULL DEFAULT 0,
  PRIMARY KEY (source_id, registry_id, repository)
);
CREATE INDEX asked_repositories_turn ON asked_repositories (source_id, registry_id, asked_at);
`,
};

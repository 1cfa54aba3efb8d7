import type { Migration } from './migration.ts';

/** What is found in a registry without an event: how far its sweep has come, and what it has seen there. */
export const rememberSweeps: Migration = {
  version: 15,
  name: 'sweeps',
  sql: `
CREATE TABLE sweeps (
  source_id    text NOT NULL,
  registry_id  text NOT NULL,
  -- Which repositories and tags are looked for: under another scope the next sweep is a baseline again.
  scope        text NOT NULL,
  number       integer NOT NULL DEFAULT 1,
  is_under_way boolean NOT NULL DEFAULT true,
  is_baseline  boolean NOT NULL DEFAULT true,
  -- The page of repositories to go on with; NULL: the first.
  next_page    text,
  -- Who has it, until when; and how often it was taken: who had it before writes nothing any more.
  owner        text,
  lease_until  timestamptz,
  fence        integer NOT NULL DEFAULT 1,
  due_at       timestamptz NOT NULL,
  started_at   timestamptz NOT NULL,
  -- When the last one came through, and when the last one did that left nothing out.
  ended_at     timestamptz,
  whole_at     timestamptz,
  -- Of the sweep under way, or the last one: what it has seen, and what it had to leave out.
  repositories integer NOT NULL DEFAULT 0,
  tags         integer NOT NULL DEFAULT 0,
  found        integer NOT NULL DEFAULT 0,
  faults       integer NOT NULL DEFAULT 0,
  -- Attempts in a row that were broken off.
  failures     integer NOT NULL DEFAULT 0,
  baseline_ended_at timestamptz,
  baseline_told_at  timestamptz,
  PRIMARY KEY (source_id, registry_id)
);

CREATE TABLE swept_repositories (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id   text NOT NULL,
  registry_id text NOT NULL,
  name        text NOT NULL,
  -- The last sweep that listed it, and the last that saw all of it; 0: none.
  met_in      integer NOT NULL,
  swept_in    integer NOT NULL DEFAULT 0,
  -- Its next whole sweep is its baseline.
  is_baseline boolean NOT NULL,
  UNIQUE (source_id, registry_id, name),
  FOREIGN KEY (source_id, registry_id) REFERENCES sweeps ON DELETE CASCADE
);

CREATE TABLE swept_tags (
  repository_id bigint NOT NULL REFERENCES swept_repositories ON DELETE CASCADE,
  tag           text NOT NULL,
  digest        text NOT NULL,
  seen_in       integer NOT NULL,
  PRIMARY KEY (repository_id, tag)
);

-- Its judgement was asked for by a sweep, and waits behind those of announced pushes.
ALTER TABLE subjects ADD COLUMN is_found boolean NOT NULL DEFAULT false;
CREATE INDEX subjects_found ON subjects (progress_at) WHERE is_found;
-- It lay there before anybody looked. 'recorded': while it does not pass, nothing is done about it.
ALTER TABLE subjects ADD COLUMN baseline text CHECK (baseline IN ('recorded', 'over'));
CREATE INDEX subjects_baseline ON subjects (registry_id) WHERE baseline IS NOT NULL;

-- How a sweep came upon it; NULL: a registry announced it. 'unheard': its event may still come.
ALTER TABLE inbox_events ADD COLUMN found text
  CHECK (found IN ('baseline', 'present', 'unheard', 'announced', 'unannounced'));
CREATE INDEX inbox_events_unheard ON inbox_events (received_at) WHERE found = 'unheard';
CREATE INDEX inbox_events_unannounced ON inbox_events (registry_id, id) WHERE found = 'unannounced';
CREATE INDEX inbox_events_announced ON inbox_events (registry_id, id) WHERE found IS NULL;
`,
};

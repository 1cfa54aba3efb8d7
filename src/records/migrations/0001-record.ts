import type { Migration } from './migration.ts';

/**
 * The tables of the record: what sources handed in, what is judged, how it was judged, and what is to be done about
 * it. Times are written by the daemon (its clock), never by the database's `now()`, so that rules about time can be
 * tested and a replica's clock changes nothing.
 */
export const createRecord: Migration = {
  version: 1,
  name: 'record',
  sql: `
CREATE TABLE subjects (
  -- sha256 over registry, repository and digest: see subjectKey
  id                text PRIMARY KEY,
  registry_id       text NOT NULL,
  repository        text NOT NULL,
  digest            text NOT NULL,
  state             text NOT NULL CHECK (state IN ('pending', 'waiting', 'final', 'evidence', 'gone', 'parked')),
  first_seen_at     timestamptz NOT NULL,
  tags              text[] NOT NULL DEFAULT '{}',
  mark              text NOT NULL DEFAULT 'none' CHECK (mark IN ('none', 'quarantined', 'released')),
  mark_tag          text,
  released_artifact text,
  marked_at         timestamptz,
  correlation_id    text NOT NULL,
  -- A judgement is wanted while requested_seq > judged_seq, and runs (or crashed) while started_seq > judged_seq.
  requested_seq     integer NOT NULL DEFAULT 0,
  started_seq       integer NOT NULL DEFAULT 0,
  judged_seq        integer NOT NULL DEFAULT 0,
  fence             integer NOT NULL DEFAULT 0,
  starts            integer NOT NULL DEFAULT 0,
  started_at        timestamptz,
  -- When something last happened on the way to a verdict: a lost job is found by it.
  progress_at       timestamptz NOT NULL,
  next_check_at     timestamptz,
  -- Outcome of the newest final verdict, and how many looks since the last answer ended 'indeterminate'.
  settled_outcome   text,
  failed_looks      integer NOT NULL DEFAULT 0,
  UNIQUE (registry_id, repository, digest),
  CHECK (judged_seq <= started_seq AND started_seq <= requested_seq)
);
CREATE INDEX subjects_outstanding ON subjects (progress_at) WHERE requested_seq > judged_seq;
CREATE INDEX subjects_next_check ON subjects (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX subjects_mark ON subjects (registry_id, repository, mark_tag) WHERE mark_tag IS NOT NULL;
CREATE INDEX subjects_newest ON subjects (first_seen_at DESC, id DESC);

CREATE TABLE verdicts (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id      text NOT NULL REFERENCES subjects ON DELETE CASCADE,
  outcome         text NOT NULL,
  code            text NOT NULL,
  final           boolean NOT NULL,
  policy_revision text NOT NULL,
  trust_epoch     bigint NOT NULL,
  first_judged_at timestamptz NOT NULL,
  -- The latest judgement that came to this same verdict.
  judged_at       timestamptz NOT NULL,
  verdict         jsonb NOT NULL,
  findings        jsonb NOT NULL,
  is_current      boolean NOT NULL
);
-- Exactly one current verdict a subject, whatever two workers do at once.
CREATE UNIQUE INDEX verdicts_current ON verdicts (subject_id) WHERE is_current;
CREATE INDEX verdicts_of_subject ON verdicts (subject_id, id DESC);
CREATE INDEX verdicts_judged ON verdicts (judged_at);
CREATE INDEX verdicts_in_force ON verdicts (policy_revision, trust_epoch) WHERE is_current;

CREATE TABLE inbox_events (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id      text NOT NULL,
  registry_id    text NOT NULL,
  received_at    timestamptz NOT NULL,
  state          text NOT NULL CHECK (state IN ('accepted', 'unresolved', 'resolved', 'gone', 'ignored')),
  reason         text,
  event          jsonb NOT NULL,
  repository     text,
  tag            text,
  subject_id     text REFERENCES subjects ON DELETE SET NULL,
  correlation_id text NOT NULL
);
CREATE INDEX inbox_events_of_subject ON inbox_events (subject_id, id DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX inbox_events_unresolved ON inbox_events (received_at) WHERE state = 'unresolved';

CREATE TABLE parked_deliveries (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id   text NOT NULL,
  reason      text NOT NULL,
  position    text NOT NULL,
  body        bytea NOT NULL,
  received_at timestamptz NOT NULL
);
-- A record that is delivered again is parked once.
CREATE UNIQUE INDEX parked_deliveries_once ON parked_deliveries (source_id, position, sha256(body));

CREATE TABLE effects (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id     text NOT NULL REFERENCES subjects ON DELETE CASCADE,
  verdict_id     bigint NOT NULL REFERENCES verdicts ON DELETE CASCADE,
  origin         text NOT NULL CHECK (origin IN ('verdict', 'manual')),
  requested_by   text,
  kind           text NOT NULL CHECK (kind IN ('quarantine', 'release', 'notice')),
  tag            text,
  sink_id        text,
  announcement   jsonb,
  state          text NOT NULL CHECK (state IN ('pending', 'sending', 'done', 'failed', 'held', 'superseded')),
  attempts       integer NOT NULL DEFAULT 0,
  -- When the sweeper may pick it up; NULL for what nobody should pick up.
  due_at         timestamptz,
  -- The registry effect a notice waits for, and how long at most.
  after_effect   bigint REFERENCES effects ON DELETE SET NULL,
  blocked_until  timestamptz,
  -- An earlier try may have had its effect: a crash or a lost reply after the send.
  reply_unknown  boolean NOT NULL DEFAULT false,
  result         text,
  error          text,
  created_at     timestamptz NOT NULL,
  started_at     timestamptz,
  done_at        timestamptz,
  CHECK ((kind = 'notice') = (sink_id IS NOT NULL AND announcement IS NOT NULL)),
  CHECK ((kind <> 'notice') = (tag IS NOT NULL))
);
-- A repeated judgement plans the same effects again: they must not be made twice.
CREATE UNIQUE INDEX effects_once ON effects (verdict_id, kind, coalesce(sink_id, '')) WHERE origin = 'verdict';
CREATE INDEX effects_due ON effects (due_at) WHERE state IN ('pending', 'held') AND due_at IS NOT NULL;
CREATE INDEX effects_sending ON effects (started_at) WHERE state = 'sending';
CREATE INDEX effects_of_subject ON effects (subject_id, id DESC);
CREATE INDEX effects_waiting_for ON effects (after_effect) WHERE after_effect IS NOT NULL;
CREATE INDEX effects_written ON effects (done_at) WHERE kind <> 'notice' AND state = 'done';
CREATE INDEX effects_tag ON effects (tag) WHERE tag IS NOT NULL;

CREATE TABLE index_children (
  parent_id text NOT NULL REFERENCES subjects ON DELETE CASCADE,
  digest    text NOT NULL,
  PRIMARY KEY (parent_id, digest)
);
CREATE INDEX index_children_digest ON index_children (digest);
`,
};

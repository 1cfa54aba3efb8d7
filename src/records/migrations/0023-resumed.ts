import type { Migration } from './migration.ts';

/** What people let go that limits held back, and what people did at all. */
export const rememberResumed: Migration = {
  version: 23,
  name: 'resumed quarantines',
  sql: `
-- Who has let a quarantine go that a limit held back: from then on it is written at the pace of all.
ALTER TABLE effects ADD COLUMN resumed_by text;

-- What people did by hand; rows are only ever added.
CREATE TABLE audit_log (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL,
  done_by text NOT NULL,
  act     text NOT NULL CHECK (act IN ('quarantine', 'release', 'resume')),
  about   jsonb NOT NULL
);
`,
};

import type { Migration } from './migration.ts';

/** What registries showed of what can be done in them. */
export const rememberCapabilities: Migration = {
  version: 19,
  name: 'capabilities',
  sql: `
CREATE TABLE registry_capabilities (
  registry_id text NOT NULL,
  -- Another host under the same id is another registry.
  host        text NOT NULL,
  capability  text NOT NULL,
  support     text NOT NULL CHECK (support IN ('yes', 'no')),
  learned_by  text NOT NULL CHECK (learned_by IN ('reading', 'writing')),
  -- Where it was seen; NULL: it is of the whole registry.
  repository  text,
  learned_at  timestamptz NOT NULL,
  PRIMARY KEY (registry_id, host, capability)
);
`,
};

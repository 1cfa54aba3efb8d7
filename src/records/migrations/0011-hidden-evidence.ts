import type { Migration } from './migration.ts';

/** Tags and lists of evidence that were overwritten while what they led to still proves a pass. */
export const rememberHidden: Migration = {
  version: 11,
  name: 'hidden-evidence',
  sql: `
ALTER TABLE subjects ADD COLUMN hidden_evidence jsonb NOT NULL DEFAULT '[]';
-- Who has written or removed a tag of evidence is asked for when it leads elsewhere.
CREATE INDEX inbox_events_of_evidence_tag ON inbox_events (registry_id, repository, tag, id DESC)
  WHERE tag LIKE '%sha256-%';
-- That evidence was overwritten is told each time it is found out, also of a verdict that has not changed meanwhile.
DROP INDEX notices_once;
CREATE UNIQUE INDEX notices_once ON effects (verdict_id, sink_id, (announcement ->> 'kind'))
  WHERE origin = 'verdict' AND kind = 'notice' AND announcement ->> 'kind' NOT IN ('mark-removed', 'evidence-hidden');
`,
};

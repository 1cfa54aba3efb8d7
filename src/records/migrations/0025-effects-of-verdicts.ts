import type { Migration } from './migration.ts';

/** Verdicts are dropped when they are old and no effect rests on them: without this each reads all effects. */
export const findEffectsOfVerdicts: Migration = {
  version: 25,
  name: 'effects of verdicts',
  sql: 'CREATE INDEX effects_of_verdict ON effects (verdict_id) WHERE verdict_id IS NOT NULL;',
};

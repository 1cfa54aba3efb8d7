import type { Migration } from './migration.ts';

/**
 * What was last written by a clock that ran ahead is looked for in every round of the sweeper. Without an index for it,
 * each round read all images on record.
 */
export const findClockAhead: Migration = {
  version: 17,
  name: 'clock ahead',
  sql: 'CREATE INDEX subjects_planned ON subjects (progress_at) WHERE next_check_at IS NOT NULL;',
};

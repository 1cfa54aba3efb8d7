import { createRecord } from './0001-record.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. */
export const ALL_MIGRATIONS: readonly Migration[] = [createRecord];

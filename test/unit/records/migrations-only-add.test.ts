import { describe, expect, it } from 'vitest';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';

/** Steps before this one were never followed by processes of an earlier release; those are as they are. */
const FIRST_BOUND = 21;

/** Where whatever an earlier release writes and reads goes on: each statement is one of these. */
const ADDING: readonly RegExp[] = [
  /^CREATE TABLE \w+ \(/,
  // A unique one refuses what was right before.
  /^CREATE INDEX /,
  // What is written without it gets its default.
  /^ALTER TABLE \w+ ADD COLUMN \w+ (?!.*\b(?:UNIQUE|CHECK|REFERENCES)\b)(?:(?!.*NOT NULL)|.*NOT NULL DEFAULT )/,
  /^UPDATE /,
];

const statements = (sql: string): readonly string[] =>
  sql
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => text !== '');

const ALL = ALL_MIGRATIONS.map(({ sql }) => sql).join('\n');

/** Whether it drops an index that only makes reading fast: a unique one decides what may be written. */
function dropsPlainIndex(statement: string): boolean {
  const [, name] = /^DROP INDEX (\w+)$/.exec(statement) ?? [];
  return name !== undefined && ALL.includes(`CREATE INDEX ${name} `) && !ALL.includes(`CREATE UNIQUE INDEX ${name} `);
}

const isAdding = (statement: string): boolean =>
  ADDING.some((form) => form.test(statement)) || dropsPlainIndex(statement);

describe('a migration only adds: processes of the release before go on with the newer schema', () => {
  it.each(ALL_MIGRATIONS.filter(({ version }) => version >= FIRST_BOUND))('step $version ($name)', ({ sql }) => {
    expect(statements(sql).filter((statement) => !isAdding(statement))).toEqual([]);
  });

  it.each([
    'ALTER TABLE effects ADD COLUMN registry_id text NOT NULL',
    'ALTER TABLE effects ALTER COLUMN registry_id SET NOT NULL',
    "ALTER TABLE effects ADD COLUMN kind text CHECK (kind IN ('a'))",
    'ALTER TABLE effects DROP COLUMN kind',
    'DROP INDEX notices_once',
    'DROP TABLE later',
    'CREATE UNIQUE INDEX notices_once ON effects (id)',
    'ALTER TABLE subjects RENAME TO images',
  ])('would be refused with: %s', (statement) => {
    expect(isAdding(statement)).toBe(false);
  });
});

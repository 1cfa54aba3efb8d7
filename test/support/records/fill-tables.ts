import { createHash } from 'node:crypto';
import type pg from 'pg';
import { subjectKey } from '../../../src/domain/subject.ts';
import { announcementOf, digestNamed, pushEvent, subjectNamed, verdictOf } from './samples.ts';

/** A row to be written, by column. */
export type Row = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly identity: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** What a CHECK allows in a column. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
  /** Column by column, what it refers to; a table that refers to itself does so only to rows that come before. */
  readonly references: readonly { readonly columns: readonly string[]; readonly to: string; readonly of: string[] }[];
}

/** Enough that every state of an effect occurs with every kind and every limit. */
const MOST_ROWS = 240;
/** Each effect has a verdict of its own: one verdict has one write under way. */
const LEAST_ROWS: Readonly<Record<string, number>> = { subjects: MOST_ROWS, verdicts: MOST_ROWS };
const SCHEMA = 'lazaret';
const FROM = Date.parse('2026-11-20T00:00:00.000Z');

/**
 * Writes rows into every table that the database has by now: each choice that a CHECK leaves occurs, what may be NULL is
 * so in every third row, and references lead to rows that are there. What the schema does not say (which columns go
 * together, what JSON holds) is below. Returns what was written, by table.
 */
export async function fillTables(client: pg.Pool): Promise<ReadonlyMap<string, readonly Row[]>> {
  const written = new Map<string, readonly Row[]>();
  for (const table of inOrder(await readTables(client))) {
    const rows = rowsOf(table, written);
    const names = Object.keys(rows[0] ?? {});
    const { rows: ids } = await client.query<Row>(
      `INSERT INTO ${SCHEMA}.${table.name} (${names.join(', ')})
        SELECT ${names.join(', ')} FROM jsonb_populate_recordset(NULL::${SCHEMA}.${table.name}, $1) RETURNING *`,
      [JSON.stringify(rows)],
    );
    written.set(table.name, ids);
  }
  return written;
}

function rowsOf(table: Table, written: ReadonlyMap<string, readonly Row[]>): readonly Row[] {
  const choices = [...table.choices];
  const product = choices.reduce((count, [, values]) => count * (values.length + 1), 1);
  const count = Math.min(Math.max(product, LEAST_ROWS[table.name] ?? 12), MOST_ROWS);
  const rows = Array.from({ length: count }, (_, index) => {
    let stride = 1;
    const row: Record<string, unknown> = {};
    for (const column of table.columns) {
      if (column.identity) continue;
      const allowed = table.choices.get(column.name);
      if (allowed === undefined) row[column.name] = sampleOf(table.name, column, index);
      else {
        const options = column.required ? allowed : [...allowed, null];
        row[column.name] = options[Math.floor(index / stride) % options.length];
        stride *= options.length;
      }
    }
    for (const { columns, to, of } of table.references) {
      const parents = written.get(to) ?? [];
      const parent = parents[index % Math.max(1, parents.length)];
      columns.forEach((column, at) => {
        row[column] = parent?.[of[at] ?? ''] ?? null;
      });
    }
    const together = Object.entries(TOGETHER[table.name]?.(index, row, written) ?? {});
    return { ...row, ...Object.fromEntries(together.filter(([name]) => name in row)) };
  });
  return rows.flatMap((row, index) => [row, ...(BESIDE[table.name]?.(index, row) ?? [])]);
}

function sampleOf(table: string, { name, type, required }: Column, index: number): unknown {
  if (!required && index % 3 === 0) return null;
  switch (type) {
    case 'text':
      return /digest|manifest|artifact/.test(name) ? digestNamed(`${name} ${index}`) : `${name} ${index}`;
    case 'integer':
    case 'bigint':
      return index;
    case 'boolean':
      return index % 2 === 0;
    case 'timestamp with time zone':
      return new Date(FROM + index * 1_000);
    case 'text[]':
      return [`${name} ${index}`];
    case 'timestamp with time zone[]':
      return [new Date(FROM + index * 1_000)];
    case 'bytea':
      return `\\x${createHash('sha256').update(`${name} ${index}`).digest('hex')}`;
    case 'jsonb': {
      const value = JSON_VALUES[`${table}.${name}`];
      if (value === undefined) throw new Error(`say in fill-tables.ts what ${table}.${name} holds`);
      return value;
    }
    default:
      throw new Error(`say in fill-tables.ts how a ${type} is written (${table}.${name})`);
  }
}

const SAMPLE = subjectNamed('sample');
const JSON_VALUES: Readonly<Record<string, unknown>> = {
  'verdicts.verdict': verdictOf('fail-missing'),
  'verdicts.findings': [],
  'inbox_events.event': pushEvent(SAMPLE),
  'effects.announcement': announcementOf(SAMPLE),
  'subjects.hidden_evidence': [],
  'audit_log.about': { quarantines: 1, repositories: [] },
};

/** What of a row goes together in a way that the schema cannot say. */
const TOGETHER: Readonly<
  Record<string, (index: number, row: Row, written: ReadonlyMap<string, readonly Row[]>) => Row>
> = {
  subjects: (index) => {
    const subject = subjectNamed(`filled ${index}`, `acme/app-${index % 9}`);
    const { registryId, repository, digest } = subject;
    const seq = { requested_seq: 3, started_seq: index % 2 === 0 ? 3 : 2, judged_seq: index % 4 === 0 ? 3 : 2 };
    return { id: subjectKey(subject), registry_id: registryId, repository, digest, fence: 3, ...seq };
  },
  verdicts: (index) => {
    const outcomes = ['pass', 'fail-missing', 'fail-evidence', 'indeterminate', 'rejected-input'] as const;
    const verdict = verdictOf(outcomes[index % outcomes.length] ?? 'pass');
    const told = { outcome: verdict.outcome, code: verdict.code, verdict };
    return { ...told, policy_revision: 'p1', trust_epoch: 1, is_current: true, final: index % 7 !== 0 };
  },
  effects: (index, { kind }, written) => ({
    subject_id: written.get('verdicts')?.[index]?.['subject_id'],
    registry_id: 'prod',
    repository: written.get('subjects')?.find(({ id }) => id === written.get('verdicts')?.[index]?.['subject_id'])?.[
      'repository'
    ],
    ...(kind === 'notice'
      ? { tag: null, sink_id: `sink-${index % 3}`, announcement: JSON_VALUES['effects.announcement'], limited_by: null }
      : { tag: `quarantined-${index}`, sink_id: null, announcement: null, after_effect: null }),
  }),
  inbox_events: (index) => ({ registry_id: 'prod', repository: `acme/app-${index % 9}` }),
  // Nothing but the column's meaning says that it is a subject's id.
  known_evidence: (index, { noted_by }) => ({
    subject_id: noted_by ?? subjectKey(subjectNamed(`filled ${index}`, `acme/app-${index % 9}`)),
  }),
};

/** Rows that stand beside a row. */
const BESIDE: Readonly<Record<string, (index: number, row: Row) => readonly Row[]>> = {
  // An image has had other verdicts before its current one.
  verdicts: (index, row) => (index % 2 === 0 ? [{ ...row, is_current: false }] : []),
};

async function readTables(client: pg.Pool): Promise<readonly Table[]> {
  const { rows } = await client.query<Table & { choices: readonly string[] }>(`
    SELECT c.relname AS name,
      (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'required', a.attnotnull, 'identity', a.attidentity <> '') ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT coalesce(json_agg(pg_get_constraintdef(k.oid)), '[]') FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'c') AS choices,
      (SELECT coalesce(json_agg(json_build_object('to', k.confrelid::regclass::text,
          'columns', (SELECT json_agg(a.attname ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num),
          'of', (SELECT json_agg(a.attname ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num))), '[]')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS references
    FROM pg_class c WHERE c.relnamespace = '${SCHEMA}'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_version'
    ORDER BY 1`);
  return rows.map((table) => ({
    ...table,
    references: table.references.map((each) => ({ ...each, to: each.to.replace(/^.*\./, '') })),
    choices: new Map(table.choices.flatMap(choicesIn)),
  }));
}

/** `CHECK ((state = ANY (ARRAY['a'::text, 'b'::text])))`, as the server writes `state IN ('a', 'b')`. */
function choicesIn(check: string): readonly (readonly [string, readonly string[]])[] {
  const [, column, list] = /^CHECK \(\((\w+) = ANY \(ARRAY\[([^\]]+)\]\)\)\)$/.exec(check) ?? [];
  if (column === undefined || list === undefined) return [];
  return [[column, [...list.matchAll(/'([^']*)'::text/g)].map(([, value = '']) => value)]];
}

function inOrder(tables: readonly Table[]): readonly Table[] {
  const sorted: Table[] = [];
  while (sorted.length < tables.length) {
    const next = tables.find(
      (table) =>
        !sorted.includes(table) && table.references.every(({ to }) => sorted.some((before) => before.name === to)),
    );
    if (next === undefined) throw new Error('tables refer to each other in a circle');
    sorted.push(next);
  }
  return sorted;
}

// The room `records/backup`: the record as one file, and back.

import { z } from 'zod';
import { InvalidInputError } from '../../kit/errors.ts';
import { parseJson } from '../../kit/parse-json.ts';

/** What a backup says of itself in its first line. */
export interface BackupHeader {
  readonly format: 1;
  /** The step of the schema its rows are of. */
  readonly schema: number;
  /** The Lazaret that made it. */
  readonly version: string;
  readonly takenAt: string;
}

/**
 * One line of a backup: `header`, then `row TABLE JSON` and `file PATH BASE64` each, last `end` with how many there are
 * of each. Rows are passed on as the database words them, and not read in between: a number there may have more digits
 * than one here.
 */
export type BackupLine =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'row'; readonly table: string; readonly json: string }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly rows: number; readonly files: number };

const FIRST = 'lazaret-backup ';

const headerSchema = z.object({
  format: z.literal(1),
  schema: z.int().min(1),
  version: z.string(),
  takenAt: z.iso.datetime(),
});
const endSchema = z.object({ rows: z.int(), files: z.int() });
const TABLE = /^[a-z_]+$/;
// What lies below `trust`, written by us: no name of it leads out of the folder it is put back into.
const PATH = /^trust(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/;

/** Writes one line, without its end. */
export function formatLine(line: BackupLine): string {
  switch (line.kind) {
    case 'header':
      return `${FIRST}${JSON.stringify(line.header)}`;
    case 'row':
      return `row ${line.table} ${line.json}`;
    case 'file':
      return `file ${JSON.stringify(line.path)} ${line.bytes.toString('base64')}`;
    case 'end':
      return `end ${JSON.stringify({ rows: line.rows, files: line.files })}`;
  }
}

/** Reads one line. @throws {InvalidInputError} `BACKUP_INVALID` */
export function parseLine(text: string): BackupLine {
  if (text.startsWith(FIRST)) return { kind: 'header', header: read(headerSchema, text.slice(FIRST.length)) };
  const [kind = ''] = text.split(' ', 1);
  const rest = text.slice(kind.length + 1);
  const space = rest.lastIndexOf(' ');
  switch (kind) {
    case 'row': {
      const [table = ''] = rest.split(' ', 1);
      if (TABLE.test(table)) return { kind, table, json: rest.slice(table.length + 1) };
      break;
    }
    case 'file': {
      const path = read(z.string(), rest.slice(0, space));
      if (PATH.test(path)) return { kind, path, bytes: Buffer.from(rest.slice(space + 1), 'base64') };
      break;
    }
    case 'end':
      return { kind, ...read(endSchema, rest) };
  }
  throw invalidBackup(`got a line that begins with "${text.slice(0, 20)}"`);
}

function read<T>(schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(parseJson(json));
  } catch (error) {
    throw invalidBackup(`got "${json.slice(0, 40)}" where it describes itself`, error);
  }
}

/** What keeps a file from being restored. */
export function invalidBackup(what: string, cause?: unknown): InvalidInputError {
  const issue = { where: 'backup', message: what, hint: 'Take a file that `lazaret backup` has written, whole.' };
  return new InvalidInputError('BACKUP_INVALID', `expected a backup of Lazaret, ${what}`, [issue], { cause });
}

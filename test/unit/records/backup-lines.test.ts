import { describe, expect, it } from 'vitest';
import { type BackupLine, formatLine, parseLine } from '../../../src/records/backup/backup-lines.ts';

const LINES: readonly BackupLine[] = [
  { kind: 'header', header: { format: 1, schema: 19, version: '0.1.0', takenAt: '2026-11-29T08:00:00.000Z' } },
  { kind: 'row', table: 'inbox_events', json: '{"id":12345678901234567890,"reason":"a file of a row"}' },
  { kind: 'file', path: 'trust/sigstore/root file.json', bytes: Buffer.from([0, 255, 10]) },
  { kind: 'end', rows: 1, files: 1 },
];

describe('a line of a backup', () => {
  it.each(LINES.map((line) => ({ line })))('is read as it was written: $line.kind', ({ line }) => {
    expect(parseLine(formatLine(line))).toEqual(line);
  });

  it.each([
    'file "trust/../../etc/cron.d/x" AA==',
    'file "/etc/passwd" AA==',
    'file "postgres/data/x" AA==',
    'file "trust" AA==',
    'row effects;DROP {}',
    'something else',
    'lazaret-backup {"format":2}',
    'end nothing',
  ])('BACKUP_INVALID: is refused where it leads elsewhere or says nothing: %s', (text) => {
    expect(() => parseLine(text)).toThrow(expect.objectContaining({ code: 'BACKUP_INVALID' }));
  });
});

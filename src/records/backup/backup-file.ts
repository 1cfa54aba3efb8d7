import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { syncFolder } from '../../kit/io/atomic-file.ts';
import { type BackupLine, formatLine, invalidBackup, parseLine } from './backup-lines.ts';

/**
 * Writes a backup, compressed, readable for its owner alone. It is under its name when it is whole and on disk, and never
 * takes the place of another file. Returns its size in bytes.
 * @throws {InvalidInputError} `USAGE_INVALID` where there is such a file
 * @throws {FaultError} `BACKUP_UNWRITABLE`, and whatever the lines throw
 */
export async function writeBackup(path: string, lines: AsyncIterable<BackupLine>): Promise<number> {
  await refuseExisting(path);
  const draft = `${path}.${process.pid}.draft`;
  try {
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(textOf(lines)), createGzip(), file);
    await forceToDisk(draft);
    // A link, unlike a rename, fails where there is a file by now.
    await link(draft, path);
    await syncFolder(dirname(resolve(path)));
    return (await stat(path)).size;
  } catch (error) {
    throw toBackupFault(error, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function* textOf(lines: AsyncIterable<BackupLine>): AsyncIterable<string> {
  for await (const line of lines) yield `${formatLine(line)}\n`;
}

async function forceToDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Refuses a name that is taken. @throws {InvalidInputError} `USAGE_INVALID` */
export async function refuseExisting(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined) throw existing(path);
}

function existing(path: string): InvalidInputError {
  return new InvalidInputError('USAGE_INVALID', `expected a name that is not taken, got ${path}`, [
    { where: path, message: 'there is a file of this name', hint: 'A backup replaces no other: choose another name.' },
  ]);
}

function toBackupFault(error: unknown, path: string): unknown {
  const code = error instanceof FaultError ? undefined : errorCode(error);
  if (code === 'EEXIST') return existing(path);
  // The database's codes are five characters, those of the system begin with E.
  if (code === undefined || !/^E[A-Z]{3,}/.test(code)) return error;
  return new FaultError('BACKUP_UNWRITABLE', `cannot write ${path} (${code})`, {
    retryable: false,
    cause: error,
    hint: 'choose a folder that exists, may be written and has space left',
  });
}

/**
 * Reads a backup line by line. The whole file has been checked by the time the last line comes; a file that was cut off
 * or changed has none.
 * @throws {InvalidInputError} `BACKUP_INVALID`
 */
export async function* readBackup(path: string): AsyncIterable<BackupLine> {
  const counts = { row: 0, file: 0 };
  let ended = false;
  for await (const text of linesOf(path)) {
    if (ended) throw invalidBackup('got more after its end');
    const line = parseLine(text);
    if (line.kind === 'row' || line.kind === 'file') counts[line.kind] += 1;
    if (line.kind === 'end') {
      ended = true;
      const { rows, files } = line;
      if (rows !== counts.row || files !== counts.file) throw invalidBackup('got one with lines missing');
    }
    yield line;
  }
  if (!ended) throw invalidBackup('got one that is cut off');
}

async function* linesOf(path: string): AsyncIterable<string> {
  const source = createReadStream(path);
  const unzipped = createGunzip();
  source.on('error', (error) => unzipped.destroy(error));
  let rest: Buffer[] = [];
  try {
    for await (const chunk of source.pipe(unzipped)) {
      let from = 0;
      const bytes: Buffer = chunk;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
        yield Buffer.concat([...rest, bytes.subarray(from, end)]).toString('utf8');
        rest = [];
        from = end + 1;
      }
      if (from < bytes.length) rest.push(bytes.subarray(from));
    }
  } catch (error) {
    throw invalidBackup(`got a file that cannot be read (${errorCode(error) ?? String(error)}): ${path}`, error);
  } finally {
    source.destroy();
  }
  if (rest.length > 0) throw invalidBackup('got one that is cut off');
}

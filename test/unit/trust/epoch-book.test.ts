import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EpochBook, openEpochBook } from '../../../src/trust/epoch-book.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const SECONDS = NOW.getTime() / 1_000;
const moment = { now: NOW, confirmedTime: undefined };
const documents = (text: string): ReadonlyMap<string, string> => new Map([['acme', text]]);

let dir: TempDir;
let path: string;
let problems: string[];
const open = (at: string | undefined = path): Promise<EpochBook> => openEpochBook(at, '', (one) => problems.push(one));
beforeEach(async () => {
  problems = [];
  dir = await makeTempDir('epoch');
  path = join(dir.path, 'epoch.json');
});
afterEach(async () => {
  await dir.remove();
});

describe('the book of trust epochs', () => {
  it('gives changed documents a higher epoch and the same ones the same', async () => {
    const book = await openEpochBook(undefined, '', () => undefined);
    expect(await book.adopt(documents('a'), moment)).toBe(true);
    expect(book.epoch()).toBe(SECONDS);
    expect(await book.adopt(documents('a'), moment)).toBe(false);
    expect(book.epoch()).toBe(SECONDS);
    expect(await book.adopt(documents('b'), moment)).toBe(true);
    expect(book.epoch()).toBe(SECONDS + 1);
    expect(book.documents()).toEqual(documents('b'));
  });

  it('never goes back, not even to documents it had before, nor with a clock that did', async () => {
    const book = await open();
    await book.adopt(documents('a'), moment);
    await book.adopt(documents('b'), { ...moment, now: new Date('2000-01-01T00:00:00Z') });
    await book.adopt(documents('a'), moment);
    expect(book.epoch()).toBe(SECONDS + 2);
    const later = await open();
    await later.adopt(documents('a'), moment);
    expect(later.epoch()).toBe(SECONDS + 2);
  });

  it('D3: goes on above any earlier epoch when the book is lost, and says that it is', async () => {
    const book = await open();
    await book.adopt(documents('a'), moment);
    await writeFile(path, '{"epoch":');
    const anew = await open();
    await anew.adopt(documents('b'), { ...moment, now: new Date(NOW.getTime() + 1_000) });
    expect(anew.epoch()).toBeGreaterThan(book.epoch());
    expect(problems).toEqual([`${path} could not be understood and was set aside`]);
  });

  it('remembers the latest confirmed time', async () => {
    const book = await open();
    await book.adopt(documents('a'), { now: NOW, confirmedTime: NOW });
    expect((await open()).confirmedTime()).toEqual(NOW);
  });

  it('keeps the documents and the epoch together when it cannot be written', async () => {
    const book = await open();
    await book.adopt(documents('a'), moment);
    await dir.remove();
    await writeFile(dir.path, 'a file where the folder was');
    await expect(book.adopt(documents('b'), moment)).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' });
    expect(book.epoch()).toBe(SECONDS);
    expect(book.documents()).toEqual(documents('a'));
  });
});

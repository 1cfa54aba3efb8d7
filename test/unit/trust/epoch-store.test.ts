import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EpochStore, openEpochStore } from '../../../src/trust/epoch-store.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const SECONDS = NOW.getTime() / 1_000;
const moment = { now: NOW, confirmedTime: undefined };
const documents = (text: string): ReadonlyMap<string, string> => new Map([['acme', text]]);

let dir: TempDir;
let path: string;
let problems: string[];
const open = (at: string | undefined = path): Promise<EpochStore> =>
  openEpochStore({ path: at, settings: '', onProblem: (one) => problems.push(one) });
beforeEach(async () => {
  problems = [];
  dir = await makeTempDir('epoch');
  path = join(dir.path, 'epoch.json');
});
afterEach(async () => {
  await dir.remove();
});

describe('the store of trust epochs', () => {
  it('gives changed documents a higher epoch and the same ones the same', async () => {
    const epochs = await openEpochStore({ settings: '', onProblem: () => undefined });
    expect(await epochs.adopt(documents('a'), moment)).toBe(true);
    expect(epochs.epoch()).toBe(SECONDS);
    expect(await epochs.adopt(documents('a'), moment)).toBe(false);
    expect(epochs.epoch()).toBe(SECONDS);
    expect(await epochs.adopt(documents('b'), moment)).toBe(true);
    expect(epochs.epoch()).toBe(SECONDS + 1);
    expect(epochs.documents()).toEqual(documents('b'));
  });

  it('never goes back, not even to documents it had before, nor with a clock that did', async () => {
    const epochs = await open();
    await epochs.adopt(documents('a'), moment);
    await epochs.adopt(documents('b'), { ...moment, now: new Date('2000-01-01T00:00:00Z') });
    await epochs.adopt(documents('a'), moment);
    expect(epochs.epoch()).toBe(SECONDS + 2);
    const later = await open();
    await later.adopt(documents('a'), moment);
    expect(later.epoch()).toBe(SECONDS + 2);
  });

  it('D3: goes on above any earlier epoch when the store is lost, and says that it is', async () => {
    const epochs = await open();
    await epochs.adopt(documents('a'), moment);
    await writeFile(path, '{"epoch":');
    const anew = await open();
    await anew.adopt(documents('b'), { ...moment, now: new Date(NOW.getTime() + 1_000) });
    expect(anew.epoch()).toBeGreaterThan(epochs.epoch());
    expect(problems).toEqual([`${path} could not be understood and was set aside`]);
  });

  it('remembers the latest confirmed time', async () => {
    const epochs = await open();
    await epochs.adopt(documents('a'), { now: NOW, confirmedTime: NOW });
    expect((await open()).confirmedTime()).toEqual(NOW);
  });

  it('keeps the documents and the epoch together when it cannot be written', async () => {
    const epochs = await open();
    await epochs.adopt(documents('a'), moment);
    await dir.remove();
    await writeFile(dir.path, 'a file where the folder was');
    await expect(epochs.adopt(documents('b'), moment)).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' });
    expect(epochs.epoch()).toBe(SECONDS);
    expect(epochs.documents()).toEqual(documents('a'));
  });
});

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readIfThere, replaceFile, setAside } from '../kit/io/atomic-file.ts';
import type { EpochRecord } from '../ports/epoch-record.ts';

/** Text of each trust root in use, by name. */
export type Documents = ReadonlyMap<string, string>;

/** Numbers the contents of the trust roots. */
export interface EpochStore {
  epoch(): number;
  /** The documents of this epoch. */
  documents(): Documents;
  /** The latest time a server confirmed, of this run or an earlier one. */
  confirmedTime(): Date | undefined;
  /**
   * Takes documents into use: changed ones under a new epoch. It is on disk before anything is judged under it, or a
   * restart would give its number to other content. Says whether there was a change. Where processes share a record the
   * number is agreed there, and may change for documents that do not: then the others have given them another.
   */
  adopt(
    documents: Documents,
    moment: { readonly now: Date; readonly confirmedTime: Date | undefined },
  ): Promise<boolean>;
  /** The newest number that processes on this record have given; its own where it numbers alone. */
  newest(): Promise<number>;
}

interface Page {
  readonly epoch: number;
  readonly fingerprint: string;
  readonly confirmedTime?: Date | undefined;
}

const pageSchema = z.strictObject({
  format: z.literal(1),
  epoch: z.int().min(1),
  fingerprint: z.string(),
  confirmedTime: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
});

/** What the numbers stand on. */
export interface EpochStoreOptions {
  /** Absent: it is kept in memory only. */
  readonly path?: string | undefined;
  readonly settings: string;
  /** Where numbers are agreed; absent: this process numbers alone. */
  readonly record?: EpochRecord | undefined;
  readonly onProblem: (problem: string) => void;
}

/**
 * Opens the store. `settings` stands for what else changes the meaning of the
 * documents (their thresholds). `onProblem` is told when what is there could not be understood.
 */
export async function openEpochStore({ path, settings, record, onProblem }: EpochStoreOptions): Promise<EpochStore> {
  let page = path === undefined ? undefined : await readPage(path, onProblem);
  let inUse: { readonly epoch: number; readonly documents: Documents } = {
    epoch: page?.epoch ?? 0,
    documents: new Map(),
  };
  // Writes are made one after the other: of two at a time the older could be written last.
  let writing: Promise<unknown> = Promise.resolve();

  async function write(documents: Documents, moment: Parameters<EpochStore['adopt']>[1]): Promise<boolean> {
    const fingerprint = fingerprintOf(documents, settings);
    const least = nextEpoch(page?.epoch, moment.now);
    const same = page?.fingerprint === fingerprint ? page : undefined;
    const own = same?.epoch ?? least;
    const agreed = same === undefined ? record?.claim(fingerprint, least) : record?.keep(fingerprint, own, least);
    const epoch = (await agreed) ?? own;
    const isChanged = epoch !== same?.epoch;
    const { confirmedTime = page?.confirmedTime } = moment;
    if (isChanged || confirmedTime?.getTime() !== page?.confirmedTime?.getTime()) {
      const next = { epoch, fingerprint, confirmedTime };
      if (path !== undefined) await replaceFile(path, JSON.stringify({ format: 1, ...next }));
      page = next;
    }
    inUse = { epoch, documents };
    return isChanged;
  }

  return {
    epoch: () => inUse.epoch,
    documents: () => inUse.documents,
    confirmedTime: () => page?.confirmedTime,
    adopt(documents, moment) {
      const result = writing.then(() => write(documents, moment));
      writing = result.catch(() => undefined);
      return result;
    },
    newest: async () => (await record?.newest()) ?? inUse.epoch,
  };
}

async function readPage(path: string, onProblem: (problem: string) => void): Promise<Page | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return pageSchema.parse(JSON.parse(text));
  } catch {
    await setAside(path);
    onProblem(`${path} could not be understood and was set aside`);
    return undefined;
  }
}

function fingerprintOf(documents: Documents, settings: string): string {
  const content = [...documents].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([settings, content]))
    .digest('hex');
}

/**
 * The epoch after a change: larger than the one before, and, as that one may be forgotten (a new data folder beside an
 * old database), not below the number of seconds since 1970 either.
 */
function nextEpoch(before: number | undefined, now: Date): number {
  return Math.max((before ?? 0) + 1, Math.floor(now.getTime() / 1_000));
}

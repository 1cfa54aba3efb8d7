import { z } from 'zod';
import { readIfThere, replaceFile, setAside } from './atomic-file.ts';

/** What has to outlive the process about all trust roots together. */
export interface TrustMemory {
  readonly epoch: number;
  /** Stands for the content the epoch was given to. */
  readonly fingerprint: string;
  /** The latest time a server confirmed; our clock may never be before it. */
  readonly confirmedTime: Date | undefined;
}

const memorySchema = z.strictObject({
  format: z.literal(1),
  epoch: z.int().min(1),
  fingerprint: z.string(),
  confirmedTime: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
});

/** Reads the memory; `undefined` if there is none, or none that can be understood (that one is set aside). */
export async function loadTrustMemory(path: string): Promise<TrustMemory | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const { epoch, fingerprint, confirmedTime } = memorySchema.parse(JSON.parse(text));
    return { epoch, fingerprint, confirmedTime };
  } catch {
    await setAside(path);
    return undefined;
  }
}

export async function saveTrustMemory(path: string, memory: TrustMemory): Promise<void> {
  await replaceFile(path, JSON.stringify({ format: 1, ...memory }));
}

/**
 * The epoch after a change of content: larger than the one before, and, as that one may be forgotten (a new data
 * folder beside an old database), not below the number of seconds since 1970 either.
 */
export function nextEpoch(before: number | undefined, now: Date): number {
  return Math.max((before ?? 0) + 1, Math.floor(now.getTime() / 1_000));
}

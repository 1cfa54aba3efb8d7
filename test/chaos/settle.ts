import type { Digest } from '../../src/domain/digest.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { isSettled, type RecordedImage, readRecord } from './read-record.ts';
import type { PushedPlan } from './send-workload.ts';

/** A look at one image takes so long, and all are looked at. */
const LOOK_MS = 10;

interface SettleOptions {
  readonly withinMs: number;
  say(line: string): void;
}

/** Waits until nothing is left to be done about any of them; what is on record then. */
export async function settle(world: ChaosWorld, images: readonly PushedPlan[], { withinMs, say }: SettleOptions) {
  const records = new Map<Digest, RecordedImage | null>();
  const open = new Map(images.map((image) => [image.pushed.digest, image]));
  const look = async (): Promise<boolean> => {
    for (const [digest, { plan }] of open) {
      const record = await readRecord(world, plan, digest);
      records.set(digest, record);
      if (isSettled(record) && !(plan.kind === 'late' && record?.outcome !== 'pass')) open.delete(digest);
    }
    return open.size === 0;
  };
  const isWhole = await waitFor(look, {
    what: 'every image to have its end',
    timeoutMs: withinMs + images.length * LOOK_MS,
    intervalMs: 1000,
  }).catch(() => false);
  if (!isWhole) say(`${open.size} images have no end after ${withinMs / 1000} s and the time to look at each`);
  return { records, isWhole };
}

import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Counts how often the same unreadable body came. */
export type CountRefusal = (receiverId: string, body: Uint8Array) => number;

// A sender repeats one body until it is accepted; a thousand different ones at a time are enough for every sender.
const MAX_REMEMBERED = 1000;

/** Creates the memory of refused bodies; the oldest is forgotten first. The first time counts 1. */
export function createRefusalMemory(): CountRefusal {
  const counts = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  return (receiverId, body) => {
    const key = `${receiverId} ${createHash('sha256').update(body).digest('base64')}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
}

import { createHash } from 'node:crypto';

/** Counts how often the same unreadable body came. */
export type CountRefusal = (receiverId: string, body: Uint8Array) => number;

// A sender repeats one body until it is accepted; a thousand different ones at a time are enough for every sender.
const MAX_REMEMBERED = 1000;

/** Creates the memory of refused bodies; the oldest is forgotten first. The first time counts 1. */
export function createRefusalMemory(): CountRefusal {
  const counts = new Map<string, number>();
  return (receiverId, body) => {
    const key = `${receiverId} ${createHash('sha256').update(body).digest('base64')}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.delete(key);
    counts.set(key, count);
    const oldest = counts.keys().next();
    if (counts.size > MAX_REMEMBERED && !oldest.done) counts.delete(oldest.value);
    return count;
  };
}

import { LRUCache } from 'lru-cache';
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts';

/** Bounds the bodies that are read for senders who have not shown yet that they know the secret. */
export interface UnauthenticatedLimit {
  /** Before the body is read: 0, or the seconds this address has to wait. */
  take(address: string): number;
  /** The sender is known: his request costs him nothing. */
  giveBack(address: string): void;
}

// As many as are accepted at once: a sender who knows the secret gets each token back as soon as the body is read. A
// registry whose secret is wrong sends a few a second and should be told so; more is somebody who tries.
const UNAUTHENTICATED_RATE: Rate = { perSecond: 5, burst: 256 };
// The addresses remembered; who has many begins anew, and the memory for bodies bounds him with everybody else.
const MAX_ADDRESSES = 1000;

/** Creates the limit, over a monotonic clock in milliseconds. */
export function createUnauthenticatedLimit(nowMs: () => number): UnauthenticatedLimit {
  const buckets = new LRUCache<string, TokenBucket>({ max: MAX_ADDRESSES });
  const bucketOf = (address: string): TokenBucket => {
    const bucket = buckets.get(address) ?? createTokenBucket(UNAUTHENTICATED_RATE, nowMs);
    buckets.set(address, bucket);
    return bucket;
  };
  return {
    take: (address) => bucketOf(address).take(),
    giveBack: (address) => bucketOf(address).giveBack(),
  };
}

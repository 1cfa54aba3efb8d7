import { LRUCache } from 'lru-cache';
import { orAbort } from '../../kit/io/or-abort.ts';
import type { AccessToken } from './token-service.ts';

/** Keeps tokens by what they are for, and fetches each only once however many ask for it at the same time. */
export interface TokenCache {
  get(key: string, read: () => Promise<AccessToken>, signal: AbortSignal): Promise<string>;
  /** Forgets this token, not a better one that was fetched meanwhile. */
  drop(value: string | undefined): void;
}

/** A token is 1 to 4 KiB, and there is one a repository: 4 MiB at most. */
const MAX_TOKENS = 1_000;

/** Creates an empty one. */
export function createTokenCache(): TokenCache {
  const fresh = new LRUCache<string, AccessToken>({ max: MAX_TOKENS });
  const underWay = new Map<string, Promise<AccessToken>>();

  async function readOnce(key: string, read: () => Promise<AccessToken>): Promise<AccessToken> {
    const token = await read();
    fresh.set(key, token);
    return token;
  }

  return {
    async get(key, read, signal) {
      const known = fresh.get(key);
      if (known !== undefined && known.freshUntil > performance.now()) return known.value;
      let reading = underWay.get(key);
      if (reading === undefined) {
        reading = readOnce(key, read).finally(() => underWay.delete(key));
        underWay.set(key, reading);
        // All who wait may have given up before it fails; then nobody is left to handle that.
        reading.catch(() => undefined);
      }
      return (await orAbort(reading, signal)).value;
    },
    drop(value) {
      for (const [key, token] of fresh) if (token.value === value) fresh.delete(key);
    },
  };
}

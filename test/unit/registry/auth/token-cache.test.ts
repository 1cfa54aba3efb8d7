import { describe, expect, it } from 'vitest';
import { createTokenCache } from '../../../../src/registry/auth/token-cache.ts';
import type { AccessToken } from '../../../../src/registry/auth/token-service.ts';

const NEVER = new AbortController().signal;

function token(value: string, lifeMs = 60_000): AccessToken {
  return { value, freshUntil: performance.now() + lifeMs };
}

describe('createTokenCache', () => {
  it('fetches once for all who ask while it is under way, and not again while the token is fresh', async () => {
    const cache = createTokenCache();
    let fetched = 0;
    const fetch = async (): Promise<AccessToken> => token(`t${++fetched}`);
    expect(await Promise.all([1, 2, 3].map(() => cache.get('a', fetch, NEVER)))).toEqual(['t1', 't1', 't1']);
    expect(await cache.get('a', fetch, NEVER)).toBe('t1');
    expect(await cache.get('b', fetch, NEVER)).toBe('t2');
  });

  it('fetches anew when the token is no longer fresh', async () => {
    const cache = createTokenCache();
    await cache.get('a', async () => token('old', -1), NEVER);
    expect(await cache.get('a', async () => token('new'), NEVER)).toBe('new');
  });

  it('tries again after a failure', async () => {
    const cache = createTokenCache();
    await expect(cache.get('a', () => Promise.reject(new Error('down')), NEVER)).rejects.toThrow('down');
    expect(await cache.get('a', async () => token('t'), NEVER)).toBe('t');
  });

  it('forgets only the token that was refused', async () => {
    const cache = createTokenCache();
    await cache.get('a', async () => token('new'), NEVER);
    cache.drop('old');
    expect(await cache.get('a', async () => token('other'), NEVER)).toBe('new');
    cache.drop('new');
    expect(await cache.get('a', async () => token('other'), NEVER)).toBe('other');
  });

  it('lets one give up without taking the token from the others', async () => {
    const cache = createTokenCache();
    const { promise, resolve } = Promise.withResolvers<AccessToken>();
    const controller = new AbortController();
    const impatient = cache.get('a', () => promise, controller.signal);
    const patient = cache.get('a', () => promise, NEVER);
    controller.abort(new Error('given up'));
    await expect(impatient).rejects.toThrow('given up');
    resolve(token('t'));
    expect(await patient).toBe('t');
  });

  it('leaves no failure unhandled when all have given up (that would end the process)', async () => {
    const cache = createTokenCache();
    const { promise, reject } = Promise.withResolvers<AccessToken>();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const gone = AbortSignal.abort(new Error('given up'));
    await expect(cache.get('a', () => promise, gone)).rejects.toThrow('given up');
    reject(new Error('down'));
    // Unhandled rejections are reported after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('keeps a thousand tokens at most', async () => {
    const cache = createTokenCache();
    for (let n = 0; n < 1_001; n++) await cache.get(`scope-${n}`, async () => token('first'), NEVER);
    expect(await cache.get('scope-1000', async () => token('second'), NEVER)).toBe('first');
    expect(await cache.get('scope-0', async () => token('second'), NEVER)).toBe('second');
  });
});

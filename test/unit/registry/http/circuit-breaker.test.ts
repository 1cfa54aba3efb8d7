import { beforeEach, describe, expect, it } from 'vitest';
import { FaultError } from '../../../../src/kit/errors.ts';
import { type CircuitBreaker, createCircuitBreaker } from '../../../../src/registry/http/circuit-breaker.ts';
import type { HttpReply } from '../../../../src/registry/http/http-transport.ts';

let now: number;
let asked: number;
let breaker: CircuitBreaker;

beforeEach(() => {
  now = 1_000;
  asked = 0;
  breaker = createCircuitBreaker({ host: 'registry.test', leastMs: 9_000, now: () => now });
});

const reply = (status: number): HttpReply => ({ status, header: () => undefined, body: new Uint8Array() });

const answer = (repository: string, status = 200) =>
  breaker.watch(async () => {
    asked++;
    return reply(status);
  }, repository);

const hang = (repository: string, ms = 10_000) =>
  breaker
    .watch(async () => {
      asked++;
      now += ms;
      throw new FaultError('REGISTRY_TIMEOUT', 'no answer', { retryable: true });
    }, repository)
    .catch((error: unknown) => error);

async function hangOften(times: number, repository = 'acme/app'): Promise<void> {
  for (let n = 0; n < times; n++) await hang(repository);
}

describe('a registry that never answers', () => {
  it('is not asked again after five requests without an answer, and says when it will be', async () => {
    await hangOften(4);
    expect(breaker.isSilent()).toBe(false);
    await hangOften(1);
    expect(breaker.isSilent()).toBe(true);
    const fault = await hang('acme/app');
    expect(asked).toBe(5);
    expect(fault).toMatchObject({ code: 'REGISTRY_TIMEOUT', retryable: true, retryAfterMs: 5_000 });
  });

  it('is tried after a rest that grows, by one look at a time, and asked as before once it answers', async () => {
    await hangOften(5);
    now += 5_000;
    expect(breaker.isResting()).toBe(false);
    await hang('acme/app');
    expect(asked).toBe(6);
    now += 5_000;
    expect(breaker.isResting()).toBe(true);
    now += 5_000;
    const hanging = Array.from({ length: 4 }, () => breaker.watch(() => new Promise<HttpReply>(() => {}), 'acme/app'));
    expect(breaker.isResting()).toBe(true);
    await expect(answer('acme/app')).rejects.toMatchObject({ code: 'REGISTRY_TIMEOUT' });
    expect(await Promise.race([...hanging, 'still waiting'])).toBe('still waiting');
    await answer('acme/other');
    expect(breaker.isSilent()).toBe(false);
    expect((await answer('acme/app')).status).toBe(200);
  });

  it('rests for half a minute at most', async () => {
    await hangOften(5);
    for (let n = 0; n < 10; n++) {
      now += 30_000;
      expect(breaker.isResting()).toBe(false);
      await hang('acme/app');
    }
  });
});

describe('a registry that answers', () => {
  it('P6: is shut for nobody by a repository whose requests hang', async () => {
    await hangOften(50, 'acme/mallory');
    expect((await answer('acme/app')).status).toBe(200);
    expect(breaker.isSilent()).toBe(false);
  });

  it('stays open while some of its answers come, however many others do not', async () => {
    for (let n = 0; n < 20; n++) {
      await hangOften(4);
      await answer('acme/app');
    }
    expect(breaker.isSilent()).toBe(false);
  });

  it('is not silent for what was asked before its last answer came', async () => {
    const waiting = Array.from({ length: 10 }, () => {
      const { promise, reject } = Promise.withResolvers<HttpReply>();
      return { watched: breaker.watch(() => promise, 'acme/app').catch(() => undefined), reject };
    });
    now += 5_000;
    await answer('acme/other');
    now += 5_000;
    for (const { reject } of waiting) reject(new FaultError('REGISTRY_TIMEOUT', 'no answer', { retryable: true }));
    await Promise.all(waiting.map(({ watched }) => watched));
    expect(breaker.isSilent()).toBe(false);
  });

  it('is not silent for looks that ran out of their own time, nor for errors, but for what a gateway says of it', async () => {
    for (let n = 0; n < 20; n++) await hang('acme/app', 100);
    for (let n = 0; n < 20; n++) await answer('acme/app', 500);
    expect(breaker.isSilent()).toBe(false);
    for (let n = 0; n < 5; n++) await answer('acme/app', 504);
    expect(breaker.isSilent()).toBe(true);
  });
});

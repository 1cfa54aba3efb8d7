import { describe, expect, it } from 'vitest';
import { createRequestGate } from '../../../../src/registry/http/request-gate.ts';
import { waitFor } from '../../../support/wait-for.ts';

const NEVER = new AbortController().signal;

/** Requests that are held until let go, with a count of how many are through the gate. */
function held() {
  const releases: (() => void)[] = [];
  return {
    releases,
    run: () => new Promise<void>((resolve) => releases.push(resolve)),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('createRequestGate', () => {
  it('lets through as many at once as the registry can bear, and the next when one ends', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 2, pauseMs: 0 });
    const { releases, run } = held();
    const all = [1, 2, 3].map(() => gate.pass(run, NEVER));
    await settle();
    expect(releases).toHaveLength(2);
    releases[0]?.();
    await all[0];
    await settle();
    expect(releases).toHaveLength(3);
    for (const release of releases) release();
    await Promise.all(all);
  });

  it('frees the place of a request that failed', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
    await expect(gate.pass(() => Promise.reject(new Error('broken')), NEVER)).rejects.toThrow('broken');
    await expect(gate.pass(async () => 'next', NEVER)).resolves.toBe('next');
  });

  it('drops who gives up while waiting, and nobody else', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
    const { releases, run } = held();
    const first = gate.pass(run, NEVER);
    const controller = new AbortController();
    const second = gate.pass(async () => 'second', controller.signal);
    const third = gate.pass(async () => 'third', NEVER);
    controller.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    releases[0]?.();
    await first;
    expect(await third).toBe('third');
  });

  it('B12: refuses at once while a pause is longer than anybody waits, and names its end', async () => {
    const gate = createRequestGate({ host: 'registry.test', concurrency: 1, pauseMs: 100 });
    gate.pause(60_000);
    let asked = false;
    const passing = gate.pass(async () => {
      asked = true;
    }, NEVER);
    await expect(passing).rejects.toMatchObject({ code: 'REGISTRY_RATE_LIMITED', retryable: true });
    expect(asked).toBe(false);
  });

  it('B12: keeps those who wait at the gate until a short pause is over, then lets them through one by one', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 4, pauseMs: 1_000 });
    gate.pause(500);
    gate.pause(500);
    const { releases, run } = held();
    const all = [1, 2, 3].map(() => gate.pass(run, NEVER));
    await settle();
    expect(releases).toHaveLength(0);
    await waitFor(() => releases.length > 0, { what: 'the end of the pause' });
    expect(releases).toHaveLength(1);
    for (let done = 0; done < 3; done++) {
      releases[done]?.();
      await all[done];
      await settle();
    }
  });

  it('B12: tells those who wait already when a long pause begins', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 100 });
    const { releases, run } = held();
    const first = gate.pass(run, NEVER);
    const second = gate.pass(run, NEVER);
    await settle();
    gate.pause(60_000);
    await expect(second).rejects.toMatchObject({ code: 'REGISTRY_RATE_LIMITED' });
    releases[0]?.();
    await first;
  });

  it('B12: lets those that were sent away go before those that never tried', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
    const { releases, run } = held();
    const order: string[] = [];
    const all = [
      gate.pass(run, NEVER),
      gate.pass(async () => order.push('new'), NEVER),
      gate.pass(async () => order.push('again'), NEVER, { isRetry: true }),
    ];
    await settle();
    releases[0]?.();
    await Promise.all(all);
    expect(order).toEqual(['again', 'new']);
  });

  it('loses nobody when one gives up in the moment its turn comes', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
    const { releases, run } = held();
    const controller = new AbortController();
    const first = gate.pass(run, NEVER);
    const second = gate.pass(async () => 'second', controller.signal);
    const third = gate.pass(async () => 'third', NEVER);
    await settle();
    releases[0]?.();
    await first;
    controller.abort(new Error('too late'));
    await Promise.allSettled([second]);
    expect(await third).toBe('third');
  });

  it('B12: does not believe a pause of a year', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
    gate.pause(365 * 86_400_000);
    const fault = await gate.pass(async () => undefined, NEVER).catch((error: unknown) => error);
    expect(Reflect.get(Object(fault), 'retryAfterMs')).toBeLessThanOrEqual(20 * 60_000);
  });

  it('B12: asks fewer at once after each "too many", and more again when all is well', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 0 });
    const atOnce = async (): Promise<number> => {
      const { releases, run } = held();
      const all = Array.from({ length: 8 }, () => gate.pass(run, NEVER));
      await settle();
      const count = releases.length;
      for (let done = 0; done < 8; done++) {
        releases[done]?.();
        await all[done];
        await settle();
      }
      return count;
    };
    expect(await atOnce()).toBe(8);
    gate.pause(0);
    gate.pause(0);
    expect(await atOnce()).toBe(2);
    for (let n = 0; n < 100; n++) gate.recover();
    expect(await atOnce()).toBe(8);
  });

  it('P6: has room for other repositories however much one of them asks', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 0 });
    const { releases, run } = held();
    const busy = Array.from({ length: 100 }, () => gate.pass(run, NEVER, { repository: 'busy' }));
    await settle();
    expect(releases).toHaveLength(4);
    expect(await gate.pass(async () => 'answered', NEVER, { repository: 'quiet' })).toBe('answered');
    for (let done = 0; done < 100; done++) {
      releases[done]?.();
      await busy[done];
      await settle();
    }
  });

  it('is as wide for many repositories as for none', async () => {
    const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 0 });
    const { releases, run } = held();
    const all = Array.from({ length: 20 }, (_, n) => gate.pass(run, NEVER, { repository: `app-${n}` }));
    await settle();
    expect(releases).toHaveLength(8);
    for (let done = 0; done < 20; done++) {
      releases[done]?.();
      await all[done];
      await settle();
    }
  });

  describe('what nobody waits for', () => {
    const BACKGROUND = { isBackground: true } as const;

    it('goes when nothing else waits, and never takes more than half of what there is', async () => {
      const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 0 });
      const { releases, run } = held();
      const all = Array.from({ length: 20 }, (_, n) =>
        gate.pass(run, NEVER, { repository: `app-${n}`, ...BACKGROUND }),
      );
      await settle();
      expect(releases).toHaveLength(4);
      expect(await gate.pass(async () => 'announced', NEVER)).toBe('announced');
      for (let done = 0; done < 20; done++) {
        releases[done]?.();
        await settle();
      }
      await Promise.all(all);
    });

    it('stands behind all that was announced, however late it comes', async () => {
      const gate = createRequestGate({ host: 'r', concurrency: 1, pauseMs: 0 });
      const { releases, run } = held();
      const order: string[] = [];
      const first = gate.pass(run, NEVER);
      const all = [
        gate.pass(async () => order.push('sweep'), NEVER, { isRetry: true, ...BACKGROUND }),
        gate.pass(async () => order.push('push'), NEVER),
        gate.pass(async () => order.push('another push'), NEVER, { repository: 'acme/app' }),
      ];
      await settle();
      releases[0]?.();
      await Promise.all([first, ...all]);
      expect(order).toEqual(['push', 'another push', 'sweep']);
    });

    it('goes on when who was before it has given up', async () => {
      const gate = createRequestGate({ host: 'r', concurrency: 2, pauseMs: 0 });
      const { releases, run } = held();
      const busy = [1, 2].map(() => gate.pass(run, NEVER));
      const controller = new AbortController();
      const announced = gate.pass(run, controller.signal);
      const sweep = gate.pass(async () => 'swept', NEVER, BACKGROUND);
      await settle();
      releases[0]?.();
      controller.abort(new Error('given up'));
      await Promise.allSettled([announced]);
      releases[1]?.();
      releases[2]?.();
      expect(await sweep).toBe('swept');
      await Promise.all(busy);
    });

    it('B12: is slower after a "too many", before it is sent again', async () => {
      let at = 0;
      const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 60_000, now: () => at });
      const sent: number[] = [];
      const send = () => gate.pass(async () => void sent.push(at), NEVER, BACKGROUND);
      await send();
      gate.pause(0);
      const again = send();
      await settle();
      expect(sent).toHaveLength(1);
      at += 250;
      await again;
      expect(sent).toEqual([0, 250]);
    });

    it('B12: is refused while the last of a quota is for others, who go on', async () => {
      const gate = createRequestGate({ host: 'r', concurrency: 8, pauseMs: 100 });
      gate.heed({ limit: 100, remaining: 10, resetMs: 60_000 });
      await expect(gate.pass(async () => 'swept', NEVER, BACKGROUND)).rejects.toMatchObject({
        code: 'REGISTRY_RATE_LIMITED',
        retryable: true,
        message: /little is left of its quota/,
      });
      expect(await gate.pass(async () => 'announced', NEVER)).toBe('announced');
      gate.heed({ limit: 100, remaining: 90, resetMs: 60_000 });
      expect(await gate.pass(async () => 'swept', NEVER, BACKGROUND)).toBe('swept');
    });
  });

  describe('so many requests a minute', () => {
    it('are the most in any minute, and the last quarter is not for what nobody waits for', async () => {
      const gate = createRequestGate({ host: 'r', concurrency: 100, pauseMs: 0, requestsPerMinute: 8, now: () => 0 });
      const sent: string[] = [];
      const send = (name: string) => gate.pass(async () => void sent.push(name), NEVER);
      await Promise.all(Array.from({ length: 6 }, () => send('push')));
      const leaving = new AbortController();
      const sweep = gate.pass(async () => void sent.push('sweep'), leaving.signal, { isBackground: true });
      await settle();
      expect(sent).toHaveLength(6);
      await Promise.all([send('push'), send('push')]);
      const ninth = gate.pass(async () => void sent.push('push'), AbortSignal.timeout(50));
      await expect(ninth).rejects.toMatchObject({ code: 'REGISTRY_RATE_LIMITED', message: /8 requests a minute/ });
      leaving.abort(new Error('stopped'));
      await expect(sweep).rejects.toThrow('stopped');
      expect(sent).toEqual(Array.from({ length: 8 }, () => 'push'));
    });
  });
});

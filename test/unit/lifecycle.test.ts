import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Part, runLifecycle } from '../../src/lifecycle.ts';

const logger = pino({ level: 'silent' });

function recorder() {
  const calls: string[] = [];
  const part = (name: string, stop?: () => Promise<void>): Part => ({
    name,
    stop: async () => {
      calls.push(`stop ${name}`);
      await stop?.();
    },
    force: () => calls.push(`force ${name}`),
  });
  return { calls, part };
}

// Signals are emitted, not sent: vitest's own process must live on, and what listens to them is the same.
const signal = (name: NodeJS.Signals): boolean => process.emit(name, name);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  process.removeAllListeners('SIGTERM');
});

describe('the life of the daemon', () => {
  it('stops its parts in reverse order at the first signal, and ends with 0', async () => {
    const { calls, part } = recorder();
    const code = await runLifecycle(
      async ({ own }) => {
        own(part('database'));
        own(part('http'));
      },
      logger,
      () => {
        calls.push('ready');
        signal('SIGTERM');
      },
    );
    expect(code).toBe(0);
    expect(calls).toEqual(['ready', 'stop http', 'stop database']);
  });

  it('stops what had started when a later part cannot start, and says why', async () => {
    const { calls, part } = recorder();
    const running = runLifecycle(
      async ({ own }) => {
        own(part('database'));
        throw new Error('port 8080 is in use');
      },
      logger,
      () => calls.push('ready'),
    );
    await expect(running).rejects.toThrow('port 8080 is in use');
    expect(calls).toEqual(['stop database']);
  });

  it('ends between two parts when the signal comes during the start', async () => {
    const { calls, part } = recorder();
    const code = await runLifecycle(
      async ({ own }) => {
        signal('SIGTERM');
        own(part('database'));
        calls.push('never reached');
      },
      logger,
      () => calls.push('ready'),
    );
    expect(code).toBe(0);
    expect(calls).toEqual(['stop database']);
  });

  it('stops the others, and ends with 1, when one part does not stop cleanly', async () => {
    const { calls, part } = recorder();
    const code = await runLifecycle(
      async ({ own }) => {
        own(part('database'));
        own(part('http', () => Promise.reject(new Error('stuck'))));
      },
      logger,
      () => signal('SIGTERM'),
    );
    expect(code).toBe(1);
    expect(calls).toEqual(['stop http', 'stop database']);
  });

  it('leaves a part behind that does not stop, and stops the others before the platform loses its patience', async () => {
    vi.useFakeTimers();
    const { calls, part } = recorder();
    const running = runLifecycle(
      async ({ own }) => {
        own(part('database'));
        own(part('kafka', () => new Promise(() => undefined)));
      },
      logger,
      () => signal('SIGTERM'),
    );
    await vi.advanceTimersByTimeAsync(26_000);
    expect(calls).toEqual(['stop kafka']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await running).toBe(1);
    expect(calls).toEqual(['stop kafka', 'stop database']);
  });

  it('ends with the error of a part that was lost', async () => {
    const { calls, part } = recorder();
    let lose: (error: Error) => void = () => undefined;
    const running = runLifecycle(
      async ({ own, fail }) => {
        own(part('database'));
        lose = fail;
      },
      logger,
      () => lose(new Error('PostgreSQL ended')),
    );
    await expect(running).rejects.toThrow('PostgreSQL ended');
    expect(calls).toEqual(['stop database']);
  });

  it('forces all parts and ends at once at the second signal', async () => {
    const { calls, part } = recorder();
    const ended = new Error('process.exit');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw ended;
    });
    const running = runLifecycle(
      async ({ own }) => {
        own(part('database'));
        own(part('http', async () => void signal('SIGTERM')));
      },
      logger,
      () => signal('SIGTERM'),
    );
    await running;
    expect(exit).toHaveBeenCalledWith(1);
    expect(calls).toEqual(['stop http', 'force http', 'force database', 'stop database']);
  });
});

import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as it reads after "waited 10 s for". */
  readonly what: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Default 50 ms. */
  readonly intervalMs?: number;
  /** Called for the message when the deadline passes: the state that explains why it never came true. */
  readonly context?: () => string;
}

/**
 * Polls `probe` until it returns something truthy, and returns that. A probe that throws counts as "not yet".
 *
 * @throws Error naming what was waited for, the last error of the probe and the context.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined | '' | 0>> {
  const { what, timeoutMs = 10_000, intervalMs = 50, context } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const result = await probe();
      lastError = undefined;
      if (result) return result as Exclude<T, false | null | undefined | '' | 0>;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) break;
    await delay(intervalMs);
  }
  const details = context?.();
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}, in vain${details ? `\n${details}` : ''}`, {
    cause: lastError,
  });
}

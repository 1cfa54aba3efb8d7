// The room `kit/io`: the part of the ground floor that waits, reads and writes.

/**
 * Runs something with a signal that aborts when the caller's does, with its reason, or after `ms` with a
 * `TimeoutError`. Leaves nothing behind: `AbortSignal.timeout` would keep a timer for each request, twenty seconds long.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: number,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException(`no answer in ${ms} ms`, 'TimeoutError')), ms);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

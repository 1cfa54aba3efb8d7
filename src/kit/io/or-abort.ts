/** Stops waiting when the signal fires, with its reason; what is under way goes on for whoever else waits for it. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // When nobody waits any more, nobody is left to hear that it failed.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** A value that ends, on the monotonic clock in milliseconds. */
export interface Perishable<T> {
  readonly value: T;
  /** From then on another is asked for. */
  readonly renewAt: number;
  /** Until then it is used where no other can be had. */
  readonly endsAt: number;
}

/**
 * Keeps what is read until it has to be renewed; however many ask at the same time, it is read once. A value that could
 * not be renewed in time is used to its end. The returned function throws what `read` throws.
 */
export function keepFresh<T>(read: () => Promise<Perishable<T>>, nowMs: () => number): () => Promise<T> {
  let kept: Perishable<T> | undefined;
  let reading: Promise<Perishable<T>> | undefined;
  return async () => {
    if (kept !== undefined && nowMs() < kept.renewAt) return kept.value;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    try {
      kept = await reading;
    } catch (error) {
      if (kept === undefined || nowMs() >= kept.endsAt) throw error;
    }
    return kept.value;
  };
}

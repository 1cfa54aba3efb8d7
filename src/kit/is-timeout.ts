/**
 * Whether this reason says that a signal ran out of time: the reason of `AbortSignal.timeout`, and of our own
 * deadlines.
 */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

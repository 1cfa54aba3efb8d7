/** Whether a signal was aborted by its time, for this is its reason: that of `AbortSignal.timeout` and of our own. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

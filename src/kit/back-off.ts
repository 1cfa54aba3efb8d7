/** A wait in ms that doubles with each failure before it (0: the first wait), up to `mostMs`. */
export function backOff(firstMs: number, failuresBefore: number, mostMs = Number.POSITIVE_INFINITY): number {
  // Beyond thirty doublings of a millisecond lies a week.
  return Math.min(firstMs * 2 ** Math.min(Math.max(failuresBefore, 0), 30), mostMs);
}

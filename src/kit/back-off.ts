/** A wait in ms that doubles with each failure before it (0: the first wait), up to `mostMs`. */
export function backOff(firstMs: number, failuresBefore: number, mostMs = Number.POSITIVE_INFINITY): number {
  // Beyond thirty doublings of a millisecond lies a week.
  return Math.min(firstMs * 2 ** Math.min(Math.max(failuresBefore, 0), 30), mostMs);
}

/** The waits between tries that go on for as long as whoever takes them wants: each twice the one before it. */
export function* backOffs(firstMs: number, mostMs: number): Generator<number, never> {
  for (let failures = 0; ; failures += 1) yield backOff(firstMs, failures, mostMs);
}

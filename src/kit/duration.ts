const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
// Ten years: longer is a slip of the pen, and timers and dates stay far from their own limits.
const MAX_MS = 10 * 366 * 86_400_000;

/**
 * Reads a duration as people write it in configuration: a whole number and `s`, `m`, `h`, `d` or `w`, or several of
 * these (`1h30m`); a bare `0` too. Milliseconds, or `undefined` if it is none.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d{1,9}[smhdw])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [unit, size] of Object.entries(UNITS_MS)) {
    for (const [, amount] of text.matchAll(new RegExp(`(\\d+)${unit}`, 'g'))) ms += Number(amount) * size;
  }
  return ms <= MAX_MS ? ms : undefined;
}

/** Writes milliseconds for people: the largest unit that fits, rounded down (`26 hours`, `30 days`). */
export function formatDuration(ms: number): string {
  const units: readonly (readonly [string, number, number])[] = [
    // A unit is used from twice its size: "36 hours" says more than "1 day".
    ['day', 86_400_000, 2],
    ['hour', 3_600_000, 2],
    ['minute', 60_000, 1],
  ];
  for (const [name, size, least] of units) {
    const count = Math.floor(ms / size);
    if (count >= least) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}

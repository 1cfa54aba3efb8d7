const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** A command that waits longer than a day has been forgotten. */
const MAX_MS = 86_400_000;

/** Reads a duration such as `90s`, `5m` or `1h`, in milliseconds; `undefined` if it is none, or over a day. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smh])$/.exec(text.trim());
  const unitMs = UNITS_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) return undefined;
  const ms = Number(match[1]) * unitMs;
  return ms <= MAX_MS ? ms : undefined;
}

/**
 * What time it is for a server, by the `Date` of its answer (RFC 9110 §6.6.1); `undefined` if it does not say. A cache
 * repeats the origin's `Date` and says by `Age` for how many seconds it has had it (RFC 9111 §5.1).
 */
export function parseServerTime(date: string | undefined, age?: string): Date | undefined {
  const ms = date === undefined ? Number.NaN : Date.parse(date);
  const ageMs = age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) * 1_000 : 0;
  return Number.isNaN(ms) ? undefined : new Date(ms + ageMs);
}

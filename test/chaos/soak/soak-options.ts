export interface SoakOptions {
  readonly hours: number;
  readonly perSecond: number;
  readonly faultEveryMs: number;
}

/** Reads `HOURS`, `RATE` and `FAULT_MINUTES`. @throws {RangeError} that names what is wrong */
export function readSoakOptions(env: Readonly<Record<string, string | undefined>>): SoakOptions {
  return {
    hours: readDecimal(env, 'HOURS', 2),
    perSecond: readDecimal(env, 'RATE', 5),
    faultEveryMs: readDecimal(env, 'FAULT_MINUTES', 5) * 60_000,
  };
}

function readDecimal(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name] ?? '';
  if (text === '') return fallback;
  const value = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new RangeError(`${name}: expected a number above 0, got "${text}"`);
}

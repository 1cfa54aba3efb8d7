// Loaded before a daemon's own code: as on a machine whose clock is wrong by `CHAOS_CLOCK_MS`.
const ms = Number(process.env['CHAOS_CLOCK_MS'] ?? 0);
const Right = Date;
globalThis.Date = class extends Right {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [Right.now() + ms] : given) as [number]));
  }
  static override now = (): number => Right.now() + ms;
} as DateConstructor;

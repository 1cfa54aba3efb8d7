import { BadOption } from '../../support/bad-option.ts';
import { type ChaosOptions, readOptions } from '../options.ts';

export interface SoakOptions extends ChaosOptions {
  readonly perSecond: number;
  readonly faultEveryMs: number;
  /** A file of samples of an earlier run, which are judged instead. */
  readonly samples: string | undefined;
}

/** What of `make chaos` a soak does not take: its own say as much, and a fault put in has no right end. */
const NOT_FOR_A_SOAK = ['QUICK', 'EVENTS', 'SECONDS_OF_FAULTS', 'KILLS', 'BUG'];
const LEAST_EVENTS = 100;

/**
 * Reads `HOURS`, `RATE`, `FAULT_MINUTES` and what `make chaos` reads. Jobs are in Redis unless `RECORD` says otherwise.
 * @throws {BadOption} that names what is wrong
 */
export function readSoakOptions(env: Readonly<Record<string, string | undefined>>): SoakOptions {
  for (const name of NOT_FOR_A_SOAK) {
    if ((env[name] ?? '') !== '') throw new BadOption(`${name}: expected nothing, for it is of make chaos alone`);
  }
  if (env['RECORD'] === 'roles')
    throw new BadOption('RECORD: expected a daemon that is one process, whose figures are told');
  const perSecond = readDecimal(env, 'RATE', 5);
  const faultsMs = readDecimal(env, 'HOURS', 2) * 3_600_000;
  return {
    ...readOptions({ ...env, RECORD: env['RECORD'] || 'redis' }),
    events: Math.max(LEAST_EVENTS, Math.round((faultsMs / 1000) * perSecond)),
    faultsMs,
    perSecond,
    faultEveryMs: readDecimal(env, 'FAULT_MINUTES', 5) * 60_000,
    samples: env['SAMPLES'] || undefined,
  };
}

function readDecimal(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name] ?? '';
  if (text === '') return fallback;
  const value = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new BadOption(`${name}: expected a number above 0, got "${text}"`);
}

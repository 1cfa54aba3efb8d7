import { readNumber, readSomeOf, readSwitch } from '../support/bad-option.ts';

export interface FuzzOptions {
  readonly targets: readonly string[];
  /** Of each target; 0 replays what was found and no more. */
  readonly seconds: number;
  /** Absent: another for each target. */
  readonly seed: number | undefined;
  /** Whether what reaches more is kept for the tests. */
  readonly keeps: boolean;
}

const ABSENT = -1;

/** Reads `TARGET`, `SECONDS`, `SEED` and `KEEP`. @throws {BadOption} that names what is wrong */
export function readFuzzOptions(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): FuzzOptions {
  const seed = readNumber(env, 'SEED', ABSENT);
  return {
    targets: readSomeOf(env, 'TARGET', known) ?? known,
    seconds: readNumber(env, 'SECONDS', 60),
    seed: seed === ABSENT ? undefined : seed,
    keeps: readSwitch(env, 'KEEP'),
  };
}

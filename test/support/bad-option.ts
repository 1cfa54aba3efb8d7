/** What a command of `make` is asked for by a variable, and cannot be; the message names the variable. */
export class BadOption extends RangeError {
  override readonly name = 'BadOption';
}

/** Does what was asked for; ends the process with exit code 2 and one line where that cannot be asked. */
export async function endOnBadOption<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** A whole number, `fallback` where nothing is said. @throws {BadOption} */
export function readNumber(env: Env, name: string, fallback: number): number {
  const text = env[name] ?? '';
  if (text === '') return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new BadOption(`${name}: expected a whole number, got "${text}"`);
  return Number(text);
}

/** 1, or nothing. @throws {BadOption} */
export function readSwitch(env: Env, name: string): boolean {
  return readOneOf(env, name, ['1']) !== undefined;
}

/** One of some words; `undefined` where nothing is said. @throws {BadOption} */
export function readOneOf<T extends string>(env: Env, name: string, known: readonly T[]): T | undefined {
  const text = env[name] ?? '';
  if (text === '') return undefined;
  const found = known.find((each) => each === text);
  if (found === undefined) throw new BadOption(`${name}: expected one of ${known.join(', ')}, got "${text}"`);
  return found;
}

/** Some of the words, between commas; `undefined` where nothing is said. @throws {BadOption} */
export function readSomeOf<T extends string>(env: Env, name: string, known: readonly T[]): readonly T[] | undefined {
  const words = (env[name] ?? '').split(',').filter((word) => word !== '');
  const found = words.map((word) => readOneOf({ [name]: word }, name, known)).filter((word) => word !== undefined);
  return found.length === 0 ? undefined : found;
}

import { isSameSecret } from '../../kit/same-secret.ts';

/** Tries every secret, also after one matched, so that the time does not tell which. */
export function matchesAny(given: string, expected: readonly string[]): boolean {
  return expected.map((secret) => isSameSecret(given, secret)).includes(true);
}

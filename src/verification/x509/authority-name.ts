import type { KeyObject } from 'node:crypto';
import { keyIdOf } from '../../domain/public-key.ts';

// A memo, not state: the keys are those of a trust root, and live as long as it does.
const names = new WeakMap<KeyObject, string>();

/**
 * Names a log or timestamp authority by its key. Evidence may call one authority by two names, which must not count as
 * two.
 */
export function authorityName(key: KeyObject): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = keyIdOf(key);
  names.set(key, name);
  return name;
}

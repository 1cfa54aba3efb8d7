import type { CelMap } from '@bufbuild/cel';
import type { Json } from '../../kit/json.ts';
import type { Cel } from './cel.ts';

/** JSON as expressions are asked about it. */
export type CelData = null | boolean | number | string | CelData[] | CelMap;

/**
 * Objects become maps, which have no members of their own. Numbers stay what JSON says they are: CEL's doubles. For the
 * library a key whose value is null is absent; for CEL it is there. Texts are cut after `maxText` characters.
 */
export function toCel(cel: Cel, value: Json, maxText = Number.POSITIVE_INFINITY): CelData {
  if (typeof value === 'string') return value.length > maxText ? value.slice(0, maxText) : value;
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((member) => toCel(cel, member, maxText));
  const members = new Map(Object.entries(value).map(([key, member]) => [key, toCel(cel, member, maxText)]));
  return Object.assign(cel.celMap(members), { has: (key: unknown) => typeof key === 'string' && members.has(key) });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

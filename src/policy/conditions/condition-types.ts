import type { Cel, CelType } from './cel.ts';

const NUMBERS: ReadonlySet<string> = new Set(['int', 'uint', 'double']);

/** Whether nothing is known about a value: whatever a predicate holds. */
export function isAny(type: CelType): boolean {
  return type.name === 'dyn';
}

/** Whether a value of one type may be given where the other is asked for. */
export function fits(given: CelType, wanted: CelType): boolean {
  if (isAny(given) || isAny(wanted)) return true;
  if (given.kind === 'list' && wanted.kind === 'list') return fits(given.element, wanted.element);
  if (given.kind === 'map' && wanted.kind === 'map')
    return fits(given.key, wanted.key) && fits(given.value, wanted.value);
  return given.kind === wanted.kind && given.name === wanted.name;
}

/** Whether values of these types can ever be equal. Numbers can, whatever their types. */
export function canBeEqual(left: CelType, right: CelType): boolean {
  if (NUMBERS.has(left.name) && NUMBERS.has(right.name)) return true;
  if (left.kind === 'list' && right.kind === 'list') return canBeEqual(left.element, right.element);
  if (left.kind === 'map' && right.kind === 'map') {
    return canBeEqual(left.key, right.key) && canBeEqual(left.value, right.value);
  }
  return fits(left, right);
}

/** The type of a value that may be of any of these types. */
export function joinTypes(cel: Cel, types: readonly CelType[]): CelType {
  const [first = cel.CelScalar.DYN, ...rest] = types;
  return rest.reduce<CelType>((joined, type) => {
    if (joined.kind === 'list' && type.kind === 'list') {
      return cel.listType(joinTypes(cel, [joined.element, type.element]));
    }
    return joined.kind === type.kind && joined.name === type.name ? joined : cel.CelScalar.DYN;
  }, first);
}

/** A type in the words of conditions: `timestamp`, `list`. */
export function typeName(type: CelType): string {
  return NAMES[type.name] ?? type.name;
}

const NAMES: Readonly<Record<string, string>> = {
  dyn: 'anything',
  null_type: 'null',
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
};

import type { CelFunc, CelList, CelValue } from '@bufbuild/cel';
import type { Cel, Functions } from './cel.ts';

/**
 * Functions for lists and sets that people know from Kubernetes:
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library and
 * https://pkg.go.dev/github.com/google/cel-go/ext#Sets. Also `in`, because for the library a key whose value is null is
 * absent.
 */
export function listFunctions(cel: Cel, functions: Functions): readonly CelFunc[] {
  const { celFunc, celMethod, listType, mapType, isCelList, CelScalar } = cel;
  const { BOOL, INT, STRING, DYN } = CelScalar;
  const [LIST, MAP] = [listType(DYN), mapType(DYN, DYN)];
  const call = (name: string, left: CelValue, right: CelValue): CelValue => {
    const value = functions.find(name)?.call(0, undefined, [left, right]);
    if (value === undefined) throw new Error('its members are not of one kind');
    if (cel.isCelError(value)) throw value;
    return value;
  };
  const isEqual = (left: CelValue, right: CelValue): boolean => call('_==_', left, right) === true;
  const isBefore = (left: CelValue, right: CelValue): boolean => call('_<_', left, right) === true;
  const extreme = (list: CelList, isBetter: typeof isBefore): CelValue => {
    const [first, ...rest] = list;
    if (first === undefined) throw new Error('the list is empty');
    return rest.reduce((best, member) => (isBetter(member, best) ? member : best), first);
  };
  const holds = (list: CelList, wanted: CelValue): boolean => [...list].some((member) => isEqual(member, wanted));
  const holdsAll = (list: CelList, wanted: CelList): boolean => [...wanted].every((member) => holds(list, member));
  return [
    celFunc('_+_', [LIST, LIST], LIST, createAppend(cel)),
    celFunc('@in', [STRING, MAP], BOOL, (key, map) => map.get(key) !== undefined),
    celMethod('isSorted', LIST, [], BOOL, function () {
      const members = [...this];
      return members.every((member, at) => at === 0 || !isBefore(member, members[at - 1] ?? null));
    }),
    celMethod('sum', LIST, [], DYN, function () {
      const [first, ...rest] = this;
      if (typeof first === 'string' || isCelList(first)) throw new Error('sum is for numbers and durations');
      return rest.reduce((sum, member) => call('_+_', sum, member), first ?? 0n);
    }),
    celMethod('min', LIST, [], DYN, function () {
      return extreme(this, isBefore);
    }),
    celMethod('max', LIST, [], DYN, function () {
      return extreme(this, (member, best) => isBefore(best, member));
    }),
    celMethod('indexOf', LIST, [DYN], INT, function (wanted) {
      return BigInt([...this].findIndex((member) => isEqual(member, wanted)));
    }),
    celMethod('lastIndexOf', LIST, [DYN], INT, function (wanted) {
      return BigInt([...this].findLastIndex((member) => isEqual(member, wanted)));
    }),
    celFunc('sets.contains', [LIST, LIST], BOOL, holdsAll),
    celFunc('sets.intersects', [LIST, LIST], BOOL, (list, other) => [...list].some((member) => holds(other, member))),
    celFunc('sets.equivalent', [LIST, LIST], BOOL, (list, other) => holdsAll(list, other) && holdsAll(other, list)),
  ];
}

/**
 * Appends one list to another in time that depends on the second alone. `filter` and `map` append their results one by
 * one; the library nests a list in a list each time, so that reading them takes the square of their number.
 */
function createAppend({ celList }: Cel): (left: CelList, right: CelList) => CelList {
  const grown = new WeakMap<CelList, CelValue[]>();
  return (left, right) => {
    const known = grown.get(left);
    // Several lists may share an array of members; only the one that uses all of it may append in place.
    const members = known !== undefined && known.length === left.size ? known : [...left];
    for (const member of right) members.push(member);
    const size = members.length;
    const list: CelList = Object.create(celList(members), {
      size: { value: size },
      get: { value: (index: number) => (index < 0 || index >= size ? undefined : members[index]) },
      values: {
        *value() {
          for (let at = 0; at < size; at++) yield members[at];
        },
      },
    });
    grown.set(list, members);
    return list;
  };
}

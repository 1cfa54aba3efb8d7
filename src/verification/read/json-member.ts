import { isJsonObject, type Json } from '../../kit/json.ts';

/** The value at this path of a JSON document: own members of objects only, `undefined` where the path ends early. */
export function jsonMember(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const name of path) here = isJsonObject(here) && Object.hasOwn(here, name) ? here[name] : undefined;
  return here;
}

import { isJsonObject, type Json } from '../kit/json.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';

/** One entry of a list of the configuration, as it is written. */
export interface Entry {
  readonly index: number;
  readonly value: { readonly [key: string]: Json };
}

/** What is written under a name at the top of the configuration. */
export function sectionOf({ value }: YamlDocument, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

/** A list at the top of the configuration; empty where there is none, or something else. */
export function listOf(document: YamlDocument, name: string): readonly Json[] {
  const section = sectionOf(document, name);
  return Array.isArray(section) ? section : [];
}

/** Those of its entries that have members, faulty or not. */
export function entriesOf(document: YamlDocument, list: string): readonly Entry[] {
  return listOf(document, list).flatMap((value, index) => (isJsonObject(value) ? [{ index, value }] : []));
}

/** Ids of the registries that a source serves, faulty or not. */
export function servedBy({ registry }: Entry['value']): readonly string[] {
  const ids: readonly Json[] = Array.isArray(registry) ? registry : registry === undefined ? [] : [registry];
  return ids.filter((id) => typeof id === 'string');
}
